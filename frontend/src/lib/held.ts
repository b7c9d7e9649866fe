import { useCallback, useMemo, useState } from "react";

/**
 * A value that a hand changes faster than its owner follows: the address is written in a transition, so an older
 * value can arrive after newer key presses. Shown is what the hand chose last, until exactly that has arrived.
 * A value that was not settled here (the back button) is shown at once, unless the hand is moving.
 */
export function useHeld<T>(value: T, isSame: (a: T, b: T) => boolean = Object.is) {
  const [held, setHeld] = useState<{ readonly value: T } | null>(null);
  const [known, setKnown] = useState<{ readonly value: T }>({ value });
  const [sent, setSent] = useState<readonly T[]>([]);
  if (!isSame(known.value, value)) {
    setKnown({ value });
    const last = sent.at(-1);
    const isMoving = held !== null && (last === undefined || !isSame(last, held.value));
    const at = sent.findLastIndex((each) => isSame(each, value));
    setSent(at < 0 ? [] : sent.slice(at + 1));
    if (held && (isSame(held.value, value) || (at < 0 && !isMoving))) setHeld(null);
  }
  const move = useCallback((next: T) => setHeld({ value: next }), []);
  const settle = useCallback((next: T) => {
    setHeld({ value: next });
    setSent((before) => [...before, next]);
  }, []);
  const shown = held ? held.value : value;
  return useMemo(() => ({ shown, move, settle }), [shown, move, settle]);
}

/** Confidences are written with three digits. */
export function isSameConfidence(a: number, b: number): boolean {
  return a.toFixed(3) === b.toFixed(3);
}
