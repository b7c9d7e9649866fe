import { useCallback, useState } from "react";
import { readMarks, toggleMark, writeMarks } from "./marks";

/** The marked frames of a prediction. */
export function useMarks(id: number) {
  const [all, setAll] = useState(() => readMarks(id));
  const change = useCallback(
    (next: (marks: readonly number[]) => number[]) =>
      setAll((marks) => {
        const changed = next(marks);
        writeMarks(id, changed);
        return changed;
      }),
    [id],
  );
  const toggle = useCallback((position: number) => change((marks) => toggleMark(marks, position)), [change]);
  const remove = useCallback(
    (positions: readonly number[]) => change((marks) => marks.filter((each) => !positions.includes(each))),
    [change],
  );
  return { all, toggle, remove };
}
