import { useEffect, useRef } from "react";
import { useLocation } from "react-router";

/** A part of the page that an address opens by its name after "#": it is scrolled to, every time anew. */
export function useOpened(name: string) {
  const part = useRef<HTMLDivElement>(null);
  const { hash, key } = useLocation();
  useEffect(() => {
    if (hash === `#${name}`) part.current?.scrollIntoView({ block: "start" });
  }, [hash, key, name]);
  return part;
}
