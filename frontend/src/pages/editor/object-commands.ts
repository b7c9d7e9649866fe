import { lockSelected, simplifySelected, toggleAttribute, unlockAll } from "@/canvas/operations";
import { anyOf, key, place } from "./chords";
import type { Command } from "./commands";

/** In CSS pixels. */
const TOLERANCE_STEP = 0.25;

/** What keys do with whole objects besides editing their outlines. */
export const OBJECT_COMMANDS: readonly Command[] = [
  {
    group: "Draw",
    label: "Freehand closer to the hand, with fewer points (while drawing)",
    keys: ["[", "]"],
    matches: anyOf(place("BracketLeft"), place("BracketRight")),
    when: ({ editor }) => editor.state.tool === "draw",
    run: ({ editor }, event) =>
      editor.setStrokeTolerance(
        editor.state.strokeTolerance + (event.code === "BracketLeft" ? -TOLERANCE_STEP : TOLERANCE_STEP),
      ),
  },
  {
    group: "Draw",
    label: "Strokes on an outline that was found: this too, or not this",
    keys: ["I"],
    matches: key("i"),
    run: ({ editor }) => editor.setHint(editor.state.hint === "inside" ? "outside" : "inside"),
  },
  {
    group: "Edit",
    label: "Simplify the selected objects, within the freehand tolerance",
    keys: ["Shift", "S"],
    matches: key("s", { shift: true }),
    run: ({ editor }) => simplifySelected(editor),
  },
  {
    group: "View",
    label: "Objects as the model sees them",
    keys: ["Shift", "M"],
    matches: key("m", { shift: true }),
    run: ({ editor }) => editor.setModelView(!editor.state.modelView),
  },
  {
    group: "Edit",
    label: "Lock what is selected",
    keys: ["L"],
    matches: key("l"),
    run: ({ editor }) => lockSelected(editor),
  },
  {
    group: "Edit",
    label: "Unlock all",
    keys: ["Shift", "L"],
    matches: key("l", { shift: true }),
    run: ({ editor }) => unlockAll(editor),
  },
  {
    group: "Edit",
    label: "Occluded or not",
    keys: ["Q"],
    matches: key("q"),
    run: ({ editor }) => toggleAttribute(editor, "occluded"),
  },
  {
    group: "Edit",
    label: "Truncated or not",
    keys: ["Shift", "Q"],
    matches: key("q", { shift: true }),
    run: ({ editor }) => toggleAttribute(editor, "truncated"),
  },
  {
    group: "Edit",
    label: "Class, attributes and note of the selected object",
    keys: ["N"],
    matches: key("n"),
    run: ({ page }) => page.showDetails(),
  },
];
