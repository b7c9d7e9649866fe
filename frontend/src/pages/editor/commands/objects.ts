import { lockSelected, selectAll, selectNextBox, unlockAll } from "@/canvas/operations/selecting";
import { simplifySelected, toggleAttribute } from "@/canvas/operations/objects";
import type { Command } from "./command";

/** What keys do with whole objects besides editing their outlines. */
export const OBJECT_COMMANDS: readonly Command[] = [
  {
    id: "edit.select-all",
    group: "Edit",
    label: "Select all",
    keys: ["Mod+A"],
    run: ({ editor }) => selectAll(editor),
  },
  {
    id: "edit.simplify",
    group: "Edit",
    label: "Simplify the selected objects, within the freehand tolerance",
    keys: ["Shift+S"],
    run: ({ editor }) => simplifySelected(editor),
  },
  {
    id: "edit.lock",
    group: "Edit",
    label: "Lock what is selected",
    keys: ["L"],
    run: ({ editor }) => lockSelected(editor),
  },
  {
    id: "edit.unlock-all",
    group: "Edit",
    label: "Unlock all",
    keys: ["Shift+L"],
    run: ({ editor }) => unlockAll(editor),
  },
  {
    id: "edit.occluded",
    group: "Edit",
    label: "Occluded or not",
    keys: ["Q"],
    run: ({ editor }) => toggleAttribute(editor, "occluded"),
  },
  {
    id: "edit.truncated",
    group: "Edit",
    label: "Truncated or not",
    keys: ["Shift+Q"],
    run: ({ editor }) => toggleAttribute(editor, "truncated"),
  },
  {
    id: "edit.next-box",
    group: "Edit",
    label: "Next box that waits to be outlined",
    keys: ["Shift+X"],
    run: ({ editor }) => selectNextBox(editor),
  },
  {
    id: "edit.details",
    group: "Edit",
    label: "Class, attributes and note of the selected object",
    keys: ["Shift+E"],
    run: ({ page }) => page.showDetails(),
  },
];
