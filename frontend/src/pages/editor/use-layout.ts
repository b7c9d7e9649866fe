import { useCallback, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { readPreferences, writePreferences } from "./preferences";

type Part = "panel" | "strip";

export type Layout = {
  readonly panel: boolean;
  readonly strip: boolean;
  readonly toggle: (part: Part) => void;
  /** It is on the page when this comes back. */
  readonly show: (part: Part) => void;
};

/** Which parts around the canvas are shown, as this person left them. */
export function useLayout(): Layout {
  const [{ panel, strip }, setShown] = useState(readPreferences);
  const set = useCallback((change: { panel?: boolean; strip?: boolean }) => {
    setShown((now) => ({ ...now, ...change }));
    writePreferences(change);
  }, []);
  return useMemo(
    () => ({
      panel,
      strip,
      toggle: (part: Part) => set({ [part]: !{ panel, strip }[part] }),
      show: (part: Part) => flushSync(() => set({ [part]: true })),
    }),
    [panel, strip, set],
  );
}
