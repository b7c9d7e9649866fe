import { zoomToSelected } from "@/canvas/operations/selecting";
import { deleteObjects, setAttributesOf, setClassOf } from "@/canvas/operations/objects";
import { ActionIcon } from "@mantine/core";
import {
  IconAlertTriangle,
  IconEye,
  IconEyeOff,
  IconLock,
  IconLockOpen,
  IconNote,
  IconTrash,
} from "@tabler/icons-react";
import type { DatasetClass } from "@/api/types";
import type { Instance } from "@/canvas/model/document";
import type { Editor } from "@/canvas/editor/editor";
import { areaOf } from "@/canvas/geometry/polygons";
import { lookOf, swatchOf } from "./class-look";
import classes from "./editor.module.css";
import { ObjectDetails } from "./ObjectDetails";

type RowProps = {
  editor: Editor;
  classNames: ReadonlyMap<number, DatasetClass>;
  choices: readonly DatasetClass[];
  top: number;
  number: number;
  instance: Instance;
  /** What may be wrong with it, in words. */
  problem: string | undefined;
  /** As it has it on the canvas. */
  color: string;
  isSelected: boolean;
  isHidden: boolean;
  isLocked: boolean;
  /** Its details are open. */
  isOpened: boolean;
  onOpen: (opened: boolean) => void;
};

/** One object of the list: picks it, and tells and changes what is known of it. */
export function ObjectRow(props: RowProps) {
  const { top, number, instance, editor, isSelected, isHidden, isLocked, classNames } = props;
  const its = lookOf(classNames, instance.class_id);
  const name = its?.name ?? "Unknown class";
  const only = new Set([instance.id]);
  return (
    <li
      className={classes.object}
      style={{ top }}
      data-selected={isSelected}
      data-hidden={isHidden}
      onPointerEnter={() => editor.pointing.highlight(instance)}
      onPointerLeave={() => editor.pointing.highlight(null)}
    >
      <button
        type="button"
        className={classes.pick}
        aria-pressed={isSelected}
        onClick={(event) => {
          if (isLocked) return editor.notify("This object is locked. Unlock it to edit it.");
          if (editor.state.tool !== "select") editor.setTool("select");
          if (isHidden) editor.selection.setHidden(only, false);
          editor.selection.select(event.shiftKey ? [...editor.selection.ids, instance.id] : only);
        }}
        onDoubleClick={() => zoomToSelected(editor)}
      >
        <span className={classes.swatch} style={{ background: swatchOf(instance.class_id, props.color) }} />
        <span className={classes.grow}>
          {name} <span className={classes.dim}>{number}</span>
        </span>
        {props.problem && (
          <span className={classes.problem} title={props.problem} role="img" aria-label={props.problem}>
            <IconAlertTriangle size={14} />
          </span>
        )}
        <Marks instance={instance} />
        <span className={`${classes.dim} ${classes.wide}`}>{formatArea(areaOf(instance.polygons))}</span>
      </button>
      <ObjectDetails
        name={`${name} ${number}`}
        instance={instance}
        choices={props.choices}
        isLocked={isLocked}
        opened={props.isOpened}
        onOpen={props.onOpen}
        onClass={(id) => setClassOf(editor, only, id)}
        onAttributes={(attributes) => setAttributesOf(editor, only, attributes)}
      />
      <RowButton
        label={isLocked ? "Unlock" : "Lock"}
        name={`${name} ${number}`}
        onClick={() => editor.selection.setLocked(only, !isLocked)}
      >
        {isLocked ? <IconLock size={15} /> : <IconLockOpen size={15} className={classes.faint} />}
      </RowButton>
      <RowButton
        label={isHidden ? "Show" : "Hide"}
        name={`${name} ${number}`}
        onClick={() => editor.selection.setHidden(only, !isHidden)}
      >
        {isHidden ? <IconEyeOff size={15} /> : <IconEye size={15} />}
      </RowButton>
      <RowButton
        label="Delete"
        name={`${name} ${number}`}
        disabled={isLocked}
        onClick={() => deleteObjects(editor, only)}
      >
        <IconTrash size={15} />
      </RowButton>
    </li>
  );
}

type ButtonProps = {
  label: string;
  name: string;
  onClick: () => void;
  disabled?: boolean;
  children: React.ReactNode;
};

function RowButton({ label, name, onClick, disabled, children }: ButtonProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      // The browser's own tooltip: those of many rows would cost more than all else when an image is opened.
      title={label}
      aria-label={`${label} ${name}`}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </ActionIcon>
  );
}

/** Letters, so that they are told apart at this size; the words are in the tooltip. */
function Marks({ instance: { occluded, truncated, note, is_box: isBox } }: { instance: Instance }) {
  return (
    <>
      {isBox && (
        <abbr className={classes.mark} title="Box: nobody has outlined it yet">
          B
        </abbr>
      )}
      {occluded && (
        <abbr className={classes.mark} title="Occluded">
          O
        </abbr>
      )}
      {truncated && (
        <abbr className={classes.mark} title="Truncated">
          T
        </abbr>
      )}
      {note && (
        <span className={classes.mark} title={note} role="img" aria-label={`Note: ${note}`}>
          <IconNote size={13} />
        </span>
      )}
    </>
  );
}

/** Square pixels in three figures: 840, 12.4k, 1.2M. */
export function formatArea(area: number): string {
  if (area < 1000) return `${Math.round(area)}`;
  if (area < 1e6) return `${(area / 1000).toPrecision(3)}k`;
  return `${(area / 1e6).toPrecision(3)}M`;
}
