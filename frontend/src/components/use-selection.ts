import { useCallback, useState } from "react";
import { toggled } from "@/lib/selection";

const NONE: ReadonlySet<string> = new Set();

/** What is selected of a list that grows; with a range, everything from the one toggled last. */
export function useSelection(ids: readonly string[]) {
  const [selected, setSelected] = useState(NONE);
  const [anchor, setAnchor] = useState<string | null>(null);
  const toggle = useCallback(
    (id: string, range: boolean) => {
      setSelected((known) => toggled(known, ids, id, { range, anchor }));
      setAnchor(id);
    },
    [ids, anchor],
  );
  const clear = useCallback(() => setSelected(NONE), []);
  const selectAll = useCallback(() => setSelected(new Set(ids)), [ids]);
  return { selected, toggle, clear, selectAll };
}
