import { drawOnto, isInHand } from "@/canvas/operations/drawing";
import { duplicateSelected } from "@/canvas/operations/copies";
import {
  mergeSelected,
  moveSelected,
  nudge,
  trimOverlaps,
  deleteObjects,
  deleteSelected,
} from "@/canvas/operations/objects";
import { openMenuByKey } from "@/canvas/operations/menu";
import { copySelected, pasteCopied, pasteInPlace } from "../clipboard";
import { selectNeighbour } from "../selecting";
import type { Command, CommandContext, PageActions } from "./command";

const FAR_PX = 10;

type Direction = { name: string; dx: number; dy: number; walk?: "next" | "previous" };

const DIRECTIONS: readonly Direction[] = [
  { name: "Left", dx: -1, dy: 0, walk: "previous" },
  { name: "Right", dx: 1, dy: 0, walk: "next" },
  { name: "Up", dx: 0, dy: -1 },
  { name: "Down", dx: 0, dy: 1 },
];

const WALKS: Readonly<Record<"next" | "previous", string>> = {
  next: "; nothing selected: next image",
  previous: "; nothing selected: previous image",
};

/**
 * The arrows move the keyboard cursor; without it what is selected; with nothing to nudge they walk, never away from what
 * is in hand.
 */
function nudges({ name, dx, dy, walk }: Direction): Command[] {
  const run =
    (step: number, otherwise?: keyof PageActions & ("next" | "previous")) =>
    ({ editor, page }: CommandContext): void => {
      if (editor.state.byKeys) editor.keyCursor.move(dx, dy, step === FAR_PX ? "far" : "plain");
      else if (editor.selection.ids.size > 0) nudge(editor, dx * step, dy * step);
      else if (otherwise && !isInHand(editor)) page[otherwise]();
    };
  const direction = name.toLowerCase();
  return [
    {
      id: `edit.nudge-${direction}`,
      group: "Edit",
      label: `Nudge ${direction} by one pixel${walk ? WALKS[walk] : ""}`,
      keys: [`Arrow${name}`],
      run: run(1, walk),
    },
    {
      id: `edit.nudge-${direction}-far`,
      group: "Edit",
      label: `Nudge ${direction} by ${FAR_PX} pixels`,
      keys: [`Shift+Arrow${name}`],
      run: run(FAR_PX),
    },
  ];
}

const hasSelection = ({ editor }: CommandContext): boolean => editor.selection.ids.size > 0;

export const EDIT_COMMANDS: readonly Command[] = [
  {
    id: "tool.select",
    group: "Edit",
    label: "Select and edit",
    keys: ["V"],
    run: ({ editor }) => editor.setTool("select"),
  },
  {
    id: "edit.next-object",
    group: "Edit",
    label: "Next object",
    keys: [".", "Tab"],
    run: ({ editor }) => selectNeighbour(editor, 1),
  },
  {
    id: "edit.previous-object",
    group: "Edit",
    label: "Previous object",
    keys: [",", "Shift+Tab"],
    run: ({ editor }) => selectNeighbour(editor, -1),
  },
  {
    id: "edit.add-to",
    group: "Edit",
    label: "Add to the selected object, once; again: until Escape",
    keys: ["A"],
    run: ({ editor }) => drawOnto(editor, "add"),
  },
  {
    id: "edit.cut-from",
    group: "Edit",
    label: "Cut from the selected object, once; again: until Escape",
    keys: ["X"],
    run: ({ editor }) => drawOnto(editor, "cut"),
  },
  {
    id: "edit.merge",
    group: "Edit",
    label: "Merge the selected objects",
    keys: ["M"],
    run: ({ editor }) => mergeSelected(editor),
  },
  {
    id: "edit.trim",
    group: "Edit",
    label: "Trim what is selected where it overlaps others",
    keys: ["T"],
    run: ({ editor }) => trimOverlaps(editor, "selected"),
  },
  {
    id: "edit.trim-others",
    group: "Edit",
    label: "Trim the others where what is selected overlaps them",
    keys: ["Shift+T"],
    run: ({ editor }) => trimOverlaps(editor, "others"),
  },
  {
    id: "edit.to-front",
    group: "Edit",
    label: "Bring to front",
    keys: ["Mod+]"],
    run: ({ editor }) => moveSelected(editor, "front"),
  },
  {
    id: "edit.to-back",
    group: "Edit",
    label: "Send to back",
    keys: ["Mod+["],
    run: ({ editor }) => moveSelected(editor, "back"),
  },
  {
    id: "edit.duplicate",
    group: "Edit",
    label: "Duplicate",
    keys: ["Mod+D"],
    run: ({ editor }) => duplicateSelected(editor),
  },
  {
    id: "edit.copy",
    group: "Edit",
    label: "Copy",
    keys: ["Mod+C"],
    when: hasSelection,
    run: ({ editor }) => void copySelected(editor),
  },
  {
    id: "edit.cut",
    group: "Edit",
    label: "Cut",
    keys: ["Mod+X"],
    when: hasSelection,
    run: ({ editor }) => {
      if (copySelected(editor)) deleteObjects(editor, editor.selection.ids);
    },
  },
  {
    id: "edit.paste",
    group: "Edit",
    label: "Paste at the pointer, on this image or another",
    keys: ["Mod+V"],
    run: ({ editor }) => pasteCopied(editor),
  },
  {
    id: "edit.paste-in-place",
    group: "Edit",
    label: "Paste where it was copied",
    keys: ["Alt+V"],
    run: ({ editor }) => pasteInPlace(editor),
  },
  {
    id: "edit.repeat",
    group: "Edit",
    label: "Repeat the objects of the previous image",
    keys: ["Mod+Shift+V"],
    run: ({ page }) => page.repeatPrevious(),
  },
  {
    id: "edit.menu",
    group: "Edit",
    label: "Menu of the selected object, or of the one under the pointer",
    keys: ["ContextMenu", "Shift+F10"],
    run: ({ editor }) => openMenuByKey(editor),
  },
  {
    id: "edit.delete",
    group: "Edit",
    label: "Delete the vertex or the objects selected",
    keys: ["Delete"],
    run: ({ editor }) => {
      if (!editor.keyCursor.deleteVertex()) deleteSelected(editor);
    },
  },
  {
    id: "edit.undo",
    group: "Edit",
    label: "Undo",
    keys: ["Mod+Z"],
    run: ({ editor }) => editor.undo(),
  },
  {
    id: "edit.redo",
    group: "Edit",
    label: "Redo",
    keys: ["Mod+Shift+Z", "Mod+Y"],
    run: ({ editor }) => editor.redo(),
  },
  ...DIRECTIONS.flatMap(nudges),
];
