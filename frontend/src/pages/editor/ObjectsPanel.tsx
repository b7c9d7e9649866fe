import { CloseButton, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef } from "react";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { unlockAll } from "@/canvas/operations/selecting";
import { isIgnored } from "@/canvas/model/document";
import { colorOfInstance } from "@/canvas/model/style";
import { plural } from "@/lib/format";
import classes from "./editor.module.css";
import { EVERYTHING, isFiltered, PROBLEM_WORDS } from "./object-list";
import { ObjectFilters } from "./ObjectFilters";
import { ObjectRow } from "./ObjectRow";
import { useEditorState } from "./use-editing";
import { useKeyOf, withKey } from "./use-keys";
import { useObjectRows } from "./use-object-rows";

const ROW_PX = 34;
const TOUCH_ROW_PX = 48;
/** As many as are seen at once need no filter. */
const FILTER_FROM = 7;

type Props = {
  editor: Editor;
  classNames: ReadonlyMap<number, DatasetClass>;
  choices: readonly DatasetClass[];
  /** The object whose details are open. */
  detailsOf: string | null;
  onDetails: (id: string | null) => void;
};

/** Every object of the image, the topmost first. */
export const ObjectsPanel = memo(function ObjectsPanel(props: Props) {
  const { editor } = props;
  const { instances } = useEditorState(editor).document;
  const { query, setQuery, ...list } = useObjectRows(editor, props.classNames);
  const { filter, isLooking } = list;
  const noMatch = isLooking && filter.problem !== null ? "Looking …" : "No object matches the filter.";
  const whyNone = instances.length === 0 ? "Click on the image, or drag, to draw the first." : noMatch;
  return (
    <section className={classes.objects} aria-label="Objects">
      <Heading editor={editor} list={list} />
      {(instances.length >= FILTER_FROM || query !== "") && <SearchField value={query} onChange={setQuery} />}
      {(instances.length > 1 || isFiltered(filter)) && <ObjectFilters {...list} />}
      <ObjectRows {...props} list={list} whyNone={whyNone} />
    </section>
  );
});

type List = Omit<ReturnType<typeof useObjectRows>, "query" | "setQuery">;

/** How many there are, and what can be done to all that are shown. */
function Heading({ editor, list }: { editor: Editor; list: List }) {
  const { document, selection, locked, allHidden } = useEditorState(editor);
  const hideKey = useKeyOf("view.hide-all");
  const { shown, problems, filter } = list;
  const { instances } = document;
  const objects = useMemo(() => instances.filter((each) => !isIgnored(each)), [instances]);
  const boxes = useMemo(() => objects.filter(({ is_box }) => is_box).length, [objects]);
  const problemCount = useMemo(
    () => [...problems.values()].filter((all) => all.some((each) => each !== "box")).length,
    [problems],
  );
  return (
    <div className={classes.heading}>
      <span>
        {shown.length < instances.length && `${shown.filter((row) => !isIgnored(row.instance)).length} of `}
        {plural(objects.length, "object")}
      </span>
      {selection.size > 1 && <span>{selection.size} selected</span>}
      {shown.length < instances.length && shown.length > 0 && (
        <button
          type="button"
          className={classes.headingAction}
          onClick={() => {
            editor.setTool("select");
            editor.selection.select(shown.map(({ instance }) => instance.id));
          }}
        >
          Select these
        </button>
      )}
      {boxes > 0 && filter.problem === null && (
        <button
          type="button"
          className={classes.headingAction}
          onClick={() => list.onFilter({ ...EVERYTHING, problem: "box" })}
        >
          {boxes === 1 ? "1 box to outline" : `${boxes} boxes to outline`}
        </button>
      )}
      {problemCount > 0 && filter.problem === null && (
        <button
          type="button"
          className={classes.headingAction}
          onClick={() => list.onFilter({ ...EVERYTHING, problem: "any" })}
        >
          {problemCount === 1 ? "1 problem" : `${problemCount} problems`}
        </button>
      )}
      {allHidden && <span>{withKey("all hidden", hideKey)}</span>}
      {locked.size > 0 && (
        <button type="button" className={classes.headingAction} onClick={() => unlockAll(editor)}>
          Unlock {locked.size}
        </button>
      )}
    </div>
  );
}

function SearchField({ value, onChange }: { value: string; onChange: (query: string) => void }) {
  return (
    <TextInput
      mx={8}
      mb={4}
      size="xs"
      placeholder="Filter by class, number or note"
      aria-label="Filter the objects"
      leftSection={<IconSearch size={14} />}
      rightSection={
        value !== "" && <CloseButton size="xs" aria-label="Clear the filter" onClick={() => onChange("")} />
      }
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        onChange("");
        event.currentTarget.blur();
      }}
    />
  );
}

/** The rows that are in view. */
function ObjectRows({
  editor,
  classNames,
  choices,
  detailsOf,
  onDetails,
  list: { shown, problems },
  whyNone,
}: Props & { list: List; whyNone: string }) {
  const { selection, hidden, locked, colorBy } = useEditorState(editor);
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useMediaQuery("(pointer: coarse)") ? TOUCH_ROW_PX : ROW_PX;
  // Ignore regions come last, under a heading that takes the place of a row.
  const firstRegion = useMemo(() => shown.findIndex(({ instance }) => isIgnored(instance)), [shown]);
  const heading = firstRegion < 0 ? Infinity : firstRegion;
  const rows = useVirtualizer({
    count: shown.length + (firstRegion < 0 ? 0 : 1),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);
  const [onlySelected] = selection.size === 1 ? selection : [];
  const selectedRow = useMemo(
    () => (onlySelected ? shown.findIndex(({ instance }) => instance.id === onlySelected) : -1),
    [shown, onlySelected],
  );
  useEffect(() => {
    if (selectedRow < 0) return;
    rows.scrollToIndex(selectedRow < heading ? selectedRow : selectedRow + 1, { align: "auto" });
  }, [rows, selectedRow, heading]);

  return (
    <div ref={scroller} className={classes.scroll} style={{ position: "relative" }}>
      {shown.length === 0 && (
        <p className={classes.dim} style={{ paddingLeft: 8 }}>
          {whyNone}
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
          if (index === heading) {
            return (
              <li key="regions" className={classes.regions} style={{ top: start, height: rowHeight }}>
                Ignore regions <span className={classes.dim}>{shown.length - heading}</span>
              </li>
            );
          }
          const row = shown[index < heading ? index : index - 1];
          if (!row) return null;
          const { instance, number } = row;
          return (
            <ObjectRow
              key={instance.id}
              top={start}
              number={number}
              instance={instance}
              problem={problems
                .get(instance.id)
                ?.filter((each) => each !== "box")
                .map((each) => PROBLEM_WORDS[each])
                .join("; ")}
              color={colorOfInstance({ ...editor.look.style, colorBy }, instance)}
              editor={editor}
              isSelected={selection.has(instance.id)}
              isHidden={hidden.has(instance.id)}
              isLocked={locked.has(instance.id)}
              isOpened={detailsOf === instance.id}
              onOpen={(opened) => onDetails(opened ? instance.id : null)}
              classNames={classNames}
              choices={choices}
            />
          );
        })}
      </ul>
    </div>
  );
}
