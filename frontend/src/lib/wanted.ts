import { useCallback, useLayoutEffect, useMemo, useRef } from "react";

/**
 * What a person has asked for, which runs ahead of what is shown: keys are quicker than pages. The next step is taken
 * from `latest()`, so that none is lost. Something shown that nobody asked for here begins anew.
 */
export function useWanted<T>(shown: T, isSame: (a: T, b: T) => boolean = Object.is) {
  const asked = useRef<T[]>([]);
  const now = useRef(shown);
  useLayoutEffect(() => {
    if (isSame(now.current, shown)) return;
    now.current = shown;
    const at = asked.current.findLastIndex((each) => isSame(each, shown));
    asked.current = at < 0 ? [] : asked.current.slice(at + 1);
  });
  const latest = useCallback(
    () => (asked.current.length > 0 ? (asked.current.at(-1) as T) : now.current),
    [],
  );
  const ask = useCallback((next: T) => void asked.current.push(next), []);
  return useMemo(() => ({ latest, ask }), [latest, ask]);
}

/** Steps through `count` places, from the one asked for last. */
export function useSteps(shown: number, count: number, go: (place: number) => void): (by: number) => void {
  const wanted = useWanted(shown);
  return (by) => {
    const to = wanted.latest() + by;
    if (to < 0 || to >= count) return;
    wanted.ask(to);
    go(to);
  };
}
