import { useEffect, useState } from "react";

/** A value that is gone stays for a moment: what replaces it at once does so without a blank between. */
export function useLingering<T>(value: T | null, lingerMs: number): T | null {
  const [last, setLast] = useState(value);
  if (value !== null && value !== last) setLast(value);
  useEffect(() => {
    if (value !== null) return;
    const timer = setTimeout(() => setLast(null), lingerMs);
    return () => clearTimeout(timer);
  }, [value, lingerMs]);
  return value ?? last;
}
