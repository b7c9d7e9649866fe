import { lockSelected, toggleAttribute, unlockAll } from "@/canvas/operations";
import { key } from "./chords";
import type { Command } from "./commands";

/** What keys do with whole objects besides editing their outlines. */
export const OBJECT_COMMANDS: readonly Command[] = [
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
