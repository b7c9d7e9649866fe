import { useEffect } from "react";
import type { EditorState } from "@/canvas/model/state";
import { type Preferences, readPreferences, writePreferences } from "./preferences";
import type { Editing } from "./use-editing";

/** What of an editor goes along to the next image and the next visit. */
function keptOf(state: EditorState, old: Preferences, slug: string): Partial<Preferences> {
  const { tool, opacity, colorBy, labels, snaps, byKeys, selectsNew, strokeTolerance } = state;
  const { activeClassId, lastDrawn } = state;
  const { classId } = lastDrawn;
  return {
    tool,
    opacity,
    colorBy,
    labels,
    snaps,
    byKeys,
    selectsNew,
    strokeTolerance,
    drawTool: lastDrawn.tool,
    ...(activeClassId === old.classes[slug] || activeClassId === null
      ? {}
      : { classes: { ...old.classes, [slug]: activeClassId } }),
    ...(classId === old.drawnClasses[slug] || classId === null
      ? {}
      : { drawnClasses: { ...old.drawnClasses, [slug]: classId } }),
  };
}

/** Tool, opacity, how tools work and the class last used go along to the next image and the next visit. */
export function usePreferences(editing: Editing | null, slug: string): void {
  useEffect(() => {
    if (!editing) return;
    const { editor } = editing;
    let { brushRadius } = editor.state;
    return editor.on("change", () => {
      const old = readPreferences();
      // Until it is set, each image has a brush of its own size.
      const isResized = editor.state.brushRadius !== brushRadius;
      brushRadius = editor.state.brushRadius;
      const kept = { ...keptOf(editor.state, old, slug), ...(isResized ? { brushRadius } : {}) };
      const isSame = Object.entries(kept).every(([name, value]) => old[name as keyof Preferences] === value);
      if (!isSame) writePreferences(kept);
    });
  }, [editing, slug]);
}
