import { useMemo, useState } from "react";
import type { DatasetClass } from "@/api/types";
import type { Instance } from "@/canvas/model/document";
import type { Editor } from "@/canvas/editor/editor";
import { lookOf } from "./class-look";
import { arranged, EVERYTHING, needsProblems, type Row, type Sort } from "./object-list";
import { readPreferences, writePreferences } from "./preferences";
import { useEditorState } from "./use-editing";
import { useProblems } from "./use-problems";

/** The objects of the image as their list shows them: found, filtered and in order. */
export function useObjectRows(editor: Editor, classNames: ReadonlyMap<number, DatasetClass>) {
  const { instances } = useEditorState(editor).document;
  const [query, setQuery] = useState("");
  const [sort, setSort] = useState(() => readPreferences().objectSort);
  const [filter, setFilter] = useState(EVERYTHING);
  const { problems, isLooking } = useProblems(editor, needsProblems(sort, filter));
  const found = useMemo(() => rowsOf(instances, classNames, query), [instances, classNames, query]);
  const shown = useMemo(() => {
    const areaOf = ({ id }: Instance): number => editor.scene.item(id)?.area ?? 0;
    return arranged(found, sort, filter, { areaOf, problems, classNames });
  }, [editor, found, sort, filter, problems, classNames]);
  /** The classes that an object here has. */
  const used = useMemo(() => {
    const ids = new Set(instances.map(({ class_id }) => class_id));
    return [...classNames.values()].filter(({ id }) => ids.has(id)).sort((a, b) => a.index - b.index);
  }, [instances, classNames]);
  const onSort = (next: Sort): void => {
    setSort(next);
    writePreferences({ objectSort: next });
  };
  return { shown, query, setQuery, sort, onSort, filter, onFilter: setFilter, used, problems, isLooking };
}

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
    const name = lookOf(classNames, class_id)?.name ?? "Unknown class";
    const text = [name, note, occluded ? "occluded" : "", truncated ? "truncated" : ""]
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word) || word === String(number));
  });
}
