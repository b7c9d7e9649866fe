import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconEye, IconEyeOff, IconTag, IconTrash } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor";
import { areaOf } from "@/canvas/geometry/polygons";
import type { Instance } from "@/canvas/document/document";
import classes from "./editor.module.css";
import { useEditorState } from "./use-editing";

const ROW_PX = 34;
const TOUCH_ROW_PX = 42;

type Props = {
  editor: Editor;
  classNames: ReadonlyMap<number, DatasetClass>;
  choices: readonly DatasetClass[];
};

/** Every object of the image, the topmost first. */
export function ObjectsPanel({ editor, classNames, choices }: Props) {
  const { document, selection, hidden, allHidden } = useEditorState(editor);
  const scroller = useRef<HTMLDivElement>(null);
  const { instances } = document;
  const rowHeight = useMediaQuery("(pointer: coarse)") ? TOUCH_ROW_PX : ROW_PX;
  const rows = useVirtualizer({
    count: instances.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);
  const [onlySelected] = selection.size === 1 ? selection : [];
  const selectedRow = useMemo(
    () =>
      onlySelected ? instances.length - 1 - instances.findIndex((each) => each.id === onlySelected) : -1,
    [instances, onlySelected],
  );
  useEffect(() => {
    if (selectedRow >= 0 && selectedRow < instances.length)
      rows.scrollToIndex(selectedRow, { align: "auto" });
  }, [rows, selectedRow, instances.length]);

  return (
    <section className={classes.objects} aria-label="Objects">
      <div className={classes.heading}>
        <span>{instances.length === 1 ? "1 object" : `${instances.length} objects`}</span>
        {selection.size > 1 && <span>{selection.size} selected</span>}
        {allHidden && <span>all hidden (H)</span>}
      </div>
      <div ref={scroller} className={classes.scroll} style={{ position: "relative" }}>
        {instances.length === 0 && (
          <p className={classes.dim} style={{ paddingLeft: 8 }}>
            Click on the image, or drag, to draw the first.
          </p>
        )}
        <ul
          style={{
            height: rows.getTotalSize(),
            position: "relative",
            margin: "0 -8px",
            padding: 0,
            listStyle: "none",
          }}
        >
          {rows.getVirtualItems().map(({ index, start }) => {
            const instance = instances[instances.length - 1 - index];
            if (!instance) return null;
            return (
              <ObjectRow
                key={instance.id}
                top={start}
                number={instances.length - index}
                instance={instance}
                editor={editor}
                isSelected={selection.has(instance.id)}
                isHidden={hidden.has(instance.id)}
                classNames={classNames}
                choices={choices}
              />
            );
          })}
        </ul>
      </div>
    </section>
  );
}

type RowProps = Props & {
  top: number;
  number: number;
  instance: Instance;
  isSelected: boolean;
  isHidden: boolean;
};

function ObjectRow({ top, number, instance, editor, isSelected, isHidden, classNames, choices }: RowProps) {
  const its = classNames.get(instance.class_id);
  const name = its?.name ?? "Unknown class";
  const only = new Set([instance.id]);
  return (
    <li
      className={classes.object}
      style={{ top }}
      data-selected={isSelected}
      data-hidden={isHidden}
      onPointerEnter={() => editor.highlight(instance.id)}
      onPointerLeave={() => editor.highlight(null)}
    >
      <button
        type="button"
        className={classes.pick}
        aria-pressed={isSelected}
        onClick={(event) => {
          if (editor.state.tool !== "select") editor.setTool("select");
          if (isHidden) editor.setHidden(only, false);
          editor.select(event.shiftKey ? [...editor.selection, instance.id] : only);
        }}
        onDoubleClick={() => editor.zoomToSelected()}
      >
        <span className={classes.swatch} style={{ background: its?.color }} />
        <span className={classes.grow}>
          {name} <span className={classes.dim}>{number}</span>
        </span>
        <span className={classes.dim}>{formatArea(areaOf(instance.polygons))}</span>
      </button>
      <Menu position="left-start" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`Change the class of ${name} ${number}`}
          >
            <IconTag size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
          {choices.map((each) => (
            <Menu.Item
              key={each.id}
              leftSection={
                <span className={classes.swatch} style={{ background: each.color, display: "block" }} />
              }
              onClick={() => editor.setClassOf(only, each.id)}
            >
              {each.name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Tooltip label={isHidden ? "Show" : "Hide"}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`${isHidden ? "Show" : "Hide"} ${name} ${number}`}
          onClick={() => editor.setHidden(only, !isHidden)}
        >
          {isHidden ? <IconEyeOff size={15} /> : <IconEye size={15} />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Delete">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Delete ${name} ${number}`}
          onClick={() => editor.deleteObjects(only)}
        >
          <IconTrash size={15} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

/** Square pixels in three figures: 840, 12.4k, 1.2M. */
export function formatArea(area: number): string {
  if (area < 1000) return `${Math.round(area)}`;
  if (area < 1e6) return `${(area / 1000).toPrecision(3)}k`;
  return `${(area / 1e6).toPrecision(3)}M`;
}
