import { useEffect } from "react";
import { readPreferences, writePreferences } from "./preferences";
import type { Editing } from "./use-editing";

/** Tool, opacity, snapping, tolerance and the class last used go along to the next image and the next visit. */
export function usePreferences(editing: Editing | null, slug: string): void {
  useEffect(() => {
    if (!editing) return;
    const { editor } = editing;
    return editor.on("change", () => {
      const { tool, opacity, snaps, byKeys, strokeTolerance, activeClassId } = editor.state;
      const old = readPreferences();
      const isSame =
        old.tool === tool &&
        old.opacity === opacity &&
        old.snaps === snaps &&
        old.byKeys === byKeys &&
        old.strokeTolerance === strokeTolerance &&
        old.classes[slug] === activeClassId;
      if (isSame || activeClassId === null) return;
      writePreferences({
        tool,
        opacity,
        snaps,
        byKeys,
        strokeTolerance,
        classes: { ...old.classes, [slug]: activeClassId },
      });
    });
  }, [editing, slug]);
}
