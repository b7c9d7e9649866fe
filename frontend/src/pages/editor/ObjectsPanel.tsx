import { CloseButton, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import type { DatasetClass } from "@/api/types";
import type { Instance } from "@/canvas/model/document";
import type { Editor } from "@/canvas/editor/editor";
import { unlockAll } from "@/canvas/operations/selecting";
import { colorOfInstance } from "@/canvas/model/style";
import classes from "./editor.module.css";
import {
  arranged,
  EVERYTHING,
  isFiltered,
  needsProblems,
  PROBLEM_WORDS,
  type Row,
  type Sort,
} from "./object-list";
import { ObjectFilters } from "./ObjectFilters";
import { ObjectRow } from "./ObjectRow";
import { readPreferences, writePreferences } from "./preferences";
import { useEditorState } from "./use-editing";
import { useKeyOf, withKey } from "./use-keys";
import { useProblems } from "./use-problems";

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
export const ObjectsPanel = memo(function ObjectsPanel({
  editor,
  classNames,
  choices,
  detailsOf,
  onDetails,
}: Props) {
  const { document, selection, hidden, locked, allHidden, colorBy } = useEditorState(editor);
  const hideKey = useKeyOf("view.hide-all");
  const [query, setQuery] = useState("");
  const [sort, setSort] = useState(() => readPreferences().objectSort);
  const [filter, setFilter] = useState(EVERYTHING);
  const { problems, isLooking } = useProblems(editor, needsProblems(sort, filter));
  const scroller = useRef<HTMLDivElement>(null);
  const { instances } = document;
  const rowHeight = useMediaQuery("(pointer: coarse)") ? TOUCH_ROW_PX : ROW_PX;
  const found = useMemo(() => rowsOf(instances, classNames, query), [instances, classNames, query]);
  const shown = useMemo(() => {
    const areaOf = ({ id }: Instance): number => editor.scene.item(id)?.area ?? 0;
    return arranged(found, sort, filter, { areaOf, problems, classNames });
  }, [editor, found, sort, filter, problems, classNames]);
  const used = useMemo(() => {
    const ids = new Set(instances.map(({ class_id }) => class_id));
    return [...classNames.values()].filter(({ id }) => ids.has(id)).sort((a, b) => a.index - b.index);
  }, [instances, classNames]);
  const rows = useVirtualizer({
    count: shown.length,
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
    if (selectedRow >= 0) rows.scrollToIndex(selectedRow, { align: "auto" });
  }, [rows, selectedRow]);

  return (
    <section className={classes.objects} aria-label="Objects">
      <div className={classes.heading}>
        <span>
          {shown.length < instances.length && `${shown.length} of `}
          {instances.length === 1 ? "1 object" : `${instances.length} objects`}
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
        {problems.size > 0 && filter.problem === null && (
          <button
            type="button"
            className={classes.headingAction}
            onClick={() => setFilter({ ...EVERYTHING, problem: "any" })}
          >
            {problems.size === 1 ? "1 problem" : `${problems.size} problems`}
          </button>
        )}
        {allHidden && <span>{withKey("all hidden", hideKey)}</span>}
        {locked.size > 0 && (
          <button type="button" className={classes.headingAction} onClick={() => unlockAll(editor)}>
            Unlock {locked.size}
          </button>
        )}
      </div>
      {(instances.length >= FILTER_FROM || query !== "") && (
        <TextInput
          mx={8}
          mb={4}
          size="xs"
          placeholder="Filter by class, number or note"
          aria-label="Filter the objects"
          leftSection={<IconSearch size={14} />}
          rightSection={
            query !== "" && (
              <CloseButton size="xs" aria-label="Clear the filter" onClick={() => setQuery("")} />
            )
          }
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            setQuery("");
            event.currentTarget.blur();
          }}
        />
      )}
      {(instances.length > 1 || isFiltered(filter)) && (
        <ObjectFilters
          sort={sort}
          onSort={(next: Sort) => {
            setSort(next);
            writePreferences({ objectSort: next });
          }}
          filter={filter}
          onFilter={setFilter}
          used={used}
          problems={problems}
          isLooking={isLooking}
        />
      )}
      <div ref={scroller} className={classes.scroll} style={{ position: "relative" }}>
        {instances.length === 0 && (
          <p className={classes.dim} style={{ paddingLeft: 8 }}>
            Click on the image, or drag, to draw the first.
          </p>
        )}
        {instances.length > 0 && shown.length === 0 && (
          <p className={classes.dim} style={{ paddingLeft: 8 }}>
            {isLooking && filter.problem !== null ? "Looking …" : "No object matches the filter."}
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
            const row = shown[index];
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
                  ?.map((each) => PROBLEM_WORDS[each])
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
    </section>
  );
});

/** The topmost first; of a filter's words each must be in the class, the note or an attribute, or be the number. */
export function rowsOf(
  instances: readonly Instance[],
  classNames: ReadonlyMap<number, DatasetClass>,
  query: string,
): Row[] {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const rows: Row[] = instances.map((instance, index) => ({ instance, number: index + 1 })).reverse();
  if (words.length === 0) return rows;
  return rows.filter(({ instance, number }) => {
    const { class_id, note = "", occluded, truncated } = instance;
    const name = classNames.get(class_id)?.name ?? "Unknown class";
    const text = [name, note, occluded ? "occluded" : "", truncated ? "truncated" : ""]
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word) || word === String(number));
  });
}
