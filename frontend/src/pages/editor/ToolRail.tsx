import { deleteSelected } from "@/canvas/operations/objects";
import { ActionIcon, Tooltip } from "@mantine/core";
import {
  IconArrowsMove,
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
import { memo } from "react";
import type { Editor } from "@/canvas/editor/editor";
import type { ToolName } from "@/canvas/model/tools";
import classes from "./editor.module.css";
import { useEditorState } from "./use-editing";
import { useKeyOf, withKey } from "./use-keys";

const TOOLS: { name: ToolName; label: string; icon: TablerIcon }[] = [
  { name: "select", label: "Select and edit", icon: IconPointer },
  { name: "draw", label: "Draw: click points, or drag freehand", icon: IconPolygon },
  { name: "wire", label: "Live wire: follows edges from click to click", icon: IconRoute },
  { name: "box", label: "Box to polygon: finds the outline in a box", icon: IconScan },
  { name: "rectangle", label: "Rectangle", icon: IconRectangle },
  { name: "ellipse", label: "Ellipse", icon: IconOvalVertical },
  { name: "brush", label: "Brush", icon: IconBrush },
  { name: "eraser", label: "Eraser", icon: IconEraser },
  { name: "slice", label: "Knife: slice along a line", icon: IconSlice },
  { name: "pan", label: "Move the view (Space and drag, too)", icon: IconHandStop },
];

type ButtonProps = {
  label: string;
  /** Of the command that does the same: its key is shown. */
  command: string;
  icon: TablerIcon;
  onClick: () => void;
  active?: boolean;
  disabled?: boolean;
};

/** A press by mouse leaves the focus on the canvas, so that the space bar goes on moving the view. */
function RailButton({ label, command, icon: Icon, onClick, active, disabled }: ButtonProps) {
  const key = useKeyOf(command);
  return (
    <Tooltip label={withKey(label, key)} position="right">
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

type RailProps = {
  editor: Editor;
  /** There is nothing to work on now. */
  isOff: boolean;
  onHelp: () => void;
  /** Keys go to the canvas from here on. */
  onCanvas: () => void;
};

export const ToolRail = memo(function ToolRail({ editor, isOff, onHelp, onCanvas }: RailProps) {
  const { tool, undoLabel, redoLabel, draftPoints, selection, allHidden, snaps, byKeys } =
    useEditorState(editor);
  const undoes = draftPoints > 0 ? "last point" : undoLabel?.toLowerCase();
  return (
    <section
      className={classes.tools}
      aria-label="Tools"
      inert={isOff}
      style={isOff ? { opacity: 0.35 } : undefined}
    >
      <div className={classes.toolGroup} role="group" aria-label="Tools to draw with" data-grows>
        {TOOLS.map(({ name, ...button }) => (
          <RailButton
            key={name}
            {...button}
            command={`tool.${name}`}
            active={tool === name}
            onClick={() => editor.setTool(name)}
          />
        ))}
        <RailButton
          label="Snap to the borders of other objects"
          command="draw.snap"
          icon={IconMagnet}
          active={snaps}
          onClick={() => editor.options.set({ snaps: !snaps })}
        />
      </div>
      <div className={classes.toolGroup}>
        <RailButton
          label={undoes ? `Undo: ${undoes}` : "Undo"}
          command="edit.undo"
          icon={IconArrowBackUp}
          disabled={!undoes}
          onClick={() => editor.undo()}
        />
        <RailButton
          label={redoLabel ? `Redo: ${redoLabel.toLowerCase()}` : "Redo"}
          command="edit.redo"
          icon={IconArrowForwardUp}
          disabled={!redoLabel}
          onClick={() => editor.redo()}
        />
        <RailButton
          label="Delete what is selected"
          command="edit.delete"
          icon={IconTrash}
          disabled={selection.size === 0}
          onClick={() => deleteSelected(editor)}
        />
      </div>
      <div className={classes.toolGroup}>
        <RailButton
          label={allHidden ? "Show all objects" : "Hide all objects"}
          command="view.hide-all"
          icon={allHidden ? IconEyeOff : IconEye}
          active={allHidden}
          onClick={() => editor.selection.setAllHidden(!allHidden)}
        />
        <RailButton
          label="Fit the image"
          command="view.fit"
          icon={IconArrowsMaximize}
          onClick={() => editor.viewport.fit()}
        />
        <RailButton
          label="Keyboard cursor: arrows move it, Space presses"
          command="cursor.toggle"
          icon={IconArrowsMove}
          active={byKeys}
          onClick={() => {
            editor.keyCursor.toggle();
            onCanvas();
          }}
        />
        <RailButton label="Keyboard shortcuts" command="view.help" icon={IconKeyboard} onClick={onHelp} />
      </div>
    </section>
  );
});
