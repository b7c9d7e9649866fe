import { ActionIcon, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowsMaximize,
  IconBrush,
  IconEraser,
  IconMagnet,
  IconOvalVertical,
  IconRectangle,
  IconRoute,
  IconScan,
  IconSlice,
  IconEye,
  IconEyeOff,
  IconHandStop,
  IconKeyboard,
  IconPointer,
  IconPolygon,
  IconTrash,
  type TablerIcon,
} from "@tabler/icons-react";
import type { Editor } from "@/canvas/editor";
import type { ToolName } from "@/canvas/tools/tool";
import classes from "./editor.module.css";
import { useEditorState } from "./use-editing";

const TOOLS: { name: ToolName; label: string; keys: string; icon: TablerIcon }[] = [
  { name: "select", label: "Select and edit", keys: "V", icon: IconPointer },
  { name: "draw", label: "Draw: click points, or drag freehand", keys: "P", icon: IconPolygon },
  { name: "wire", label: "Live wire: follows edges from click to click", keys: "W", icon: IconRoute },
  { name: "box", label: "Box to polygon: finds the outline in a box", keys: "G", icon: IconScan },
  { name: "rectangle", label: "Rectangle", keys: "R", icon: IconRectangle },
  { name: "ellipse", label: "Ellipse", keys: "O", icon: IconOvalVertical },
  { name: "brush", label: "Brush", keys: "B", icon: IconBrush },
  { name: "eraser", label: "Eraser", keys: "E", icon: IconEraser },
  { name: "slice", label: "Knife: slice along a line", keys: "K", icon: IconSlice },
  { name: "pan", label: "Move the view", keys: "Space + drag", icon: IconHandStop },
];

type ButtonProps = {
  label: string;
  keys: string;
  icon: TablerIcon;
  onClick: () => void;
  active?: boolean;
  disabled?: boolean;
};

/** A press by mouse leaves the focus on the canvas, so that the space bar goes on moving the view. */
export function RailButton({ label, keys, icon: Icon, onClick, active, disabled }: ButtonProps) {
  return (
    <Tooltip label={`${label} (${keys})`} position="right">
      <ActionIcon
        size={36}
        variant={active ? "filled" : "subtle"}
        color={active ? undefined : "gray"}
        c={active ? undefined : "var(--mantine-color-text)"}
        aria-label={label}
        aria-pressed={active}
        aria-disabled={disabled}
        style={disabled ? { opacity: 0.35, cursor: "default" } : undefined}
        onMouseDown={(event) => event.preventDefault()}
        onClick={disabled ? undefined : onClick}
      >
        <Icon size={20} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}

export function ToolRail({ editor, onHelp }: { editor: Editor; onHelp: () => void }) {
  const { tool, undoLabel, redoLabel, draftPoints, selection, allHidden, snaps } = useEditorState(editor);
  const undoes = draftPoints > 0 ? "last point" : undoLabel?.toLowerCase();
  return (
    <div className={classes.tools} role="toolbar" aria-label="Tools" aria-orientation="vertical">
      {TOOLS.map(({ name, ...button }) => (
        <RailButton key={name} {...button} active={tool === name} onClick={() => editor.setTool(name)} />
      ))}
      <RailButton
        label="Snap to the borders of other objects"
        keys="S"
        icon={IconMagnet}
        active={snaps}
        onClick={() => editor.setSnaps(!snaps)}
      />
      <span style={{ height: 8 }} />
      <RailButton
        label={undoes ? `Undo: ${undoes}` : "Undo"}
        keys="Ctrl + Z"
        icon={IconArrowBackUp}
        disabled={!undoes}
        onClick={() => editor.undo()}
      />
      <RailButton
        label={redoLabel ? `Redo: ${redoLabel.toLowerCase()}` : "Redo"}
        keys="Ctrl + Shift + Z"
        icon={IconArrowForwardUp}
        disabled={!redoLabel}
        onClick={() => editor.redo()}
      />
      <RailButton
        label="Delete what is selected"
        keys="Delete"
        icon={IconTrash}
        disabled={selection.size === 0}
        onClick={() => editor.deleteSelected()}
      />
      <span style={{ height: 8 }} />
      <RailButton
        label={allHidden ? "Show all objects" : "Hide all objects"}
        keys="H"
        icon={allHidden ? IconEyeOff : IconEye}
        active={allHidden}
        onClick={() => editor.setAllHidden(!allHidden)}
      />
      <RailButton label="Fit the image" keys="0" icon={IconArrowsMaximize} onClick={() => editor.fit()} />
      <span className={classes.spring} />
      <RailButton label="Keyboard shortcuts" keys="?" icon={IconKeyboard} onClick={onHelp} />
    </div>
  );
}
