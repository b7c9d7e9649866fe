import { useCallback, useMemo, useState } from "react";
import { toggled } from "@/lib/selection";

const NONE: ReadonlySet<string> = new Set();

/**
 * What is selected of a list that grows; with a range, everything from the one toggled last. `all`: everything that
 * matches, also what is not loaded, but `excluded`.
 */
export function useSelection(ids: readonly string[]) {
  const [marked, setMarked] = useState(NONE);
  const [isAll, setAll] = useState(false);
  const [anchor, setAnchor] = useState<string | null>(null);
  const toggle = useCallback(
    (id: string, range: boolean) => {
      setMarked((known) => toggled(known, ids, id, { range: range && !isAll, anchor }));
      setAnchor(id);
    },
    [ids, anchor, isAll],
  );
  const clear = useCallback(() => {
    setMarked(NONE);
    setAll(false);
  }, []);
  const selectLoaded = useCallback(() => {
    setMarked(new Set(ids));
    setAll(false);
  }, [ids]);
  const selectAll = useCallback(() => {
    setMarked(NONE);
    setAll(true);
  }, []);
  // With everything selected, what is marked are the exceptions.
  const selected = useMemo(
    () => (isAll ? new Set(ids.filter((id) => !marked.has(id))) : marked),
    [isAll, ids, marked],
  );
  return { selected, isAll, excluded: isAll ? marked : NONE, toggle, clear, selectLoaded, selectAll };
}
