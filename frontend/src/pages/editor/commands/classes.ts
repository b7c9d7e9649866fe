import { closeDraftAs } from "@/canvas/operations/drawing";
import type { Command } from "./command";

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

export const CLASS_COMMANDS: readonly Command[] = [
  {
    id: "class.find",
    group: "Classes",
    label: "Find a class by name",
    keys: ["C"],
    run: ({ page }) => page.searchClasses(),
  },
  ...NUMBERS.map((number): Command => ({
    id: `class.${number}`,
    group: "Classes",
    label: `Class ${number}, of what is drawn next or selected`,
    keys: [`${number}`],
    run: ({ editor, classes }) => {
      const chosen = classes[number - 1];
      if (chosen) editor.outlines.chooseClass(chosen.id);
    },
  })),
  {
    id: "class.ignore",
    group: "Classes",
    label: "Ignore region, what is drawn next or selected: not learned from, not judged; again: an object",
    keys: ["Shift+G"],
    run: ({ editor }) => editor.outlines.toggleIgnored(),
  },
  ...NUMBERS.map((number): Command => ({
    id: `draw.close-as-${number}`,
    group: "Classes",
    label: `Close the outline as class ${number}`,
    keys: [`Shift+${number}`],
    run: ({ editor, classes }) => {
      const chosen = classes[number - 1];
      if (chosen) closeDraftAs(editor, chosen.id);
    },
  })),
];
