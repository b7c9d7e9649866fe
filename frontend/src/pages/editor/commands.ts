import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor";
import {
  drawOnto,
  duplicateSelected,
  mergeSelected,
  moveSelected,
  nudge,
  selectAll,
  trimOverlaps,
} from "@/canvas/operations";
import type { ToolName } from "@/canvas/tools/tool";
import { anyOf, hasControl, key, place } from "./chords";
import { copySelected, pasteCopied } from "./clipboard";
import { OBJECT_COMMANDS } from "./object-commands";

/** What keys may ask of the page around the canvas. */
export type PageActions = {
  readonly done: () => void;
  readonly next: () => void;
  readonly previous: () => void;
  readonly saveNow: () => void;
  readonly toggleHelp: () => void;
  readonly searchClasses: () => void;
  /** Opens the class, attributes and note of the selected object. */
  readonly showDetails: () => void;
  /** Copies the objects of the image before this one. */
  readonly repeatPrevious: () => void;
};

export type CommandContext = {
  readonly editor: Editor;
  /** In the order of their number keys. */
  readonly classes: readonly DatasetClass[];
  readonly page: PageActions;
};

export type Command = {
  readonly group: "Draw" | "Edit" | "Classes" | "View" | "Images";
  readonly label: string;
  /** As shown to the person. */
  readonly keys: readonly string[];
  readonly matches: (event: KeyboardEvent) => boolean;
  /** Where false, the browser keeps the key. */
  readonly when?: (context: CommandContext) => boolean;
  readonly run: (context: CommandContext, event: KeyboardEvent) => void;
};

/** Number keys by their place, since a shifted digit prints something else on every layout. */
function digitOf(event: KeyboardEvent): number | null {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  return digit && !hasControl(event) && !event.altKey ? Number(digit) : null;
}

function classAt({ classes }: CommandContext, event: KeyboardEvent): DatasetClass | undefined {
  return classes[(digitOf(event) ?? 0) - 1];
}

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function arrow({ editor, page }: CommandContext, event: KeyboardEvent): void {
  const [dx, dy] = ARROWS[event.key] ?? [0, 0];
  const step = event.shiftKey ? 10 : 1;
  if (editor.selection.size > 0) nudge(editor, dx * step, dy * step);
  else if (dx > 0) page.next();
  else if (dx < 0) page.previous();
}

function tool(name: ToolName, letter: string, label: string): Command {
  return {
    group: "Draw",
    label,
    keys: [letter.toUpperCase()],
    matches: key(letter),
    run: ({ editor }) => editor.setTool(name),
  };
}

const BRUSH_STEP = 1.25;

export const COMMANDS: readonly Command[] = [
  tool("draw", "p", "Draw"),
  tool("wire", "w", "Live wire: follows edges from click to click"),
  tool("box", "g", "Box to polygon: finds the outline in a box"),
  tool("rectangle", "r", "Rectangle"),
  tool("ellipse", "o", "Ellipse"),
  tool("brush", "b", "Brush"),
  tool("eraser", "e", "Eraser"),
  tool("slice", "k", "Knife: slice along a line"),
  {
    group: "Draw",
    label: "Smaller brush, larger brush",
    keys: ["[", "]"],
    matches: anyOf(place("BracketLeft"), place("BracketRight")),
    when: ({ editor }) => editor.state.tool !== "draw",
    run: ({ editor }, event) =>
      editor.setBrushRadius(
        editor.state.brushRadius * (event.code === "BracketLeft" ? 1 / BRUSH_STEP : BRUSH_STEP),
      ),
  },
  {
    group: "Draw",
    label: "Snap to the borders of other objects",
    keys: ["S"],
    matches: key("s"),
    run: ({ editor }) => editor.setSnaps(!editor.state.snaps),
  },
  {
    group: "Draw",
    label: "Close the outline",
    keys: ["Enter"],
    matches: key("Enter"),
    run: ({ editor }) => editor.confirm(),
  },
  {
    group: "Draw",
    label: "Close the outline as class 1 … 9",
    keys: ["Shift", "1 … 9"],
    matches: (event) => event.shiftKey && digitOf(event) !== null,
    run: (context, event) => {
      const chosen = classAt(context, event);
      if (chosen) context.editor.closeDraftAs(chosen.id);
    },
  },
  {
    group: "Draw",
    label: "Take back the last point",
    keys: ["Backspace"],
    matches: key("Backspace"),
    run: ({ editor }) => editor.backspace(),
  },
  {
    group: "Draw",
    label: "Abandon",
    keys: ["Esc"],
    matches: key("Escape"),
    run: ({ editor }) => editor.abandon(),
  },
  {
    group: "Edit",
    label: "Select and edit",
    keys: ["V"],
    matches: key("v"),
    run: ({ editor }) => editor.setTool("select"),
  },
  {
    group: "Edit",
    label: "Add to the selected object: another part, or more of it",
    keys: ["A"],
    matches: key("a"),
    run: ({ editor }) => drawOnto(editor, "add"),
  },
  {
    group: "Edit",
    label: "Cut from the selected object: a hole, or a piece",
    keys: ["X"],
    matches: key("x"),
    run: ({ editor }) => drawOnto(editor, "cut"),
  },
  {
    group: "Edit",
    label: "Merge the selected objects",
    keys: ["M"],
    matches: key("m"),
    run: ({ editor }) => mergeSelected(editor),
  },
  {
    group: "Edit",
    label: "Trim what is selected where it overlaps others",
    keys: ["T"],
    matches: key("t"),
    run: ({ editor }) => trimOverlaps(editor, "selected"),
  },
  {
    group: "Edit",
    label: "Trim the others where what is selected overlaps them",
    keys: ["Shift", "T"],
    matches: key("t", { shift: true }),
    run: ({ editor }) => trimOverlaps(editor, "others"),
  },
  {
    group: "Edit",
    label: "Bring to front, send to back",
    keys: ["Ctrl", "] ["],
    matches: anyOf(place("BracketLeft", { control: true }), place("BracketRight", { control: true })),
    run: ({ editor }, event) => moveSelected(editor, event.code === "BracketRight" ? "front" : "back"),
  },
  {
    group: "Edit",
    label: "Duplicate",
    keys: ["Ctrl", "D"],
    matches: key("d", { control: true }),
    run: ({ editor }) => duplicateSelected(editor),
  },
  {
    group: "Edit",
    label: "Copy, cut",
    keys: ["Ctrl", "C X"],
    matches: anyOf(key("c", { control: true }), key("x", { control: true })),
    when: ({ editor }) => editor.selection.size > 0,
    run: ({ editor }, event) => {
      if (copySelected(editor) && event.key.toLowerCase() === "x") editor.deleteObjects(editor.selection);
    },
  },
  {
    group: "Edit",
    label: "Paste, on this image or another",
    keys: ["Ctrl", "V"],
    matches: key("v", { control: true }),
    run: ({ editor }) => pasteCopied(editor),
  },
  {
    group: "Edit",
    label: "Repeat the objects of the previous image",
    keys: ["Ctrl", "Shift", "V"],
    matches: key("v", { control: true, shift: true }),
    run: ({ page }) => page.repeatPrevious(),
  },
  {
    group: "Edit",
    label: "Delete the vertex or the objects selected",
    keys: ["Delete"],
    matches: key("Delete"),
    run: ({ editor }) => editor.deleteSelected(),
  },
  {
    group: "Edit",
    label: "Undo",
    keys: ["Ctrl", "Z"],
    matches: key("z", { control: true }),
    run: ({ editor }) => editor.undo(),
  },
  {
    group: "Edit",
    label: "Redo",
    keys: ["Ctrl", "Shift", "Z"],
    matches: anyOf(key("z", { control: true, shift: true }), key("y", { control: true })),
    run: ({ editor }) => editor.redo(),
  },
  {
    group: "Edit",
    label: "Select all",
    keys: ["Ctrl", "A"],
    matches: key("a", { control: true }),
    run: ({ editor }) => selectAll(editor),
  },
  ...OBJECT_COMMANDS,
  {
    group: "Edit",
    label: "Nudge what is selected (with Shift by 10 pixels)",
    keys: ["←", "→", "↑", "↓"],
    matches: (event) => event.key in ARROWS && !hasControl(event) && !event.altKey,
    run: arrow,
  },
  {
    group: "Classes",
    label: "Class 1 … 9, for what is drawn next and what is selected",
    keys: ["1 … 9"],
    matches: (event) => !event.shiftKey && digitOf(event) !== null,
    run: (context, event) => {
      const chosen = classAt(context, event);
      if (chosen) context.editor.chooseClass(chosen.id);
    },
  },
  {
    group: "Classes",
    label: "Find a class by name",
    keys: ["C"],
    matches: key("c"),
    run: ({ page }) => page.searchClasses(),
  },
  {
    group: "View",
    label: "Zoom in, zoom out",
    keys: ["+", "−"],
    matches: (event) => ["+", "=", "-"].includes(event.key) && !hasControl(event) && !event.altKey,
    run: ({ editor }, event) => editor.zoomBy(event.key === "-" ? 1 / 1.4 : 1.4),
  },
  {
    group: "View",
    label: "Fit the image",
    keys: ["0"],
    matches: key("0"),
    run: ({ editor }) => editor.fit(),
  },
  {
    group: "View",
    label: "Zoom to what is selected",
    keys: ["F"],
    matches: key("f"),
    run: ({ editor }) => editor.zoomToSelected(),
  },
  {
    group: "View",
    label: "Hide or show all objects",
    keys: ["H"],
    matches: key("h"),
    run: ({ editor }) => editor.setAllHidden(!editor.allHidden),
  },
  {
    group: "View",
    label: "These shortcuts",
    keys: ["?"],
    matches: (event) => event.key === "?" && !hasControl(event),
    run: ({ page }) => page.toggleHelp(),
  },
  {
    group: "Images",
    label: "Done, next",
    keys: ["D"],
    matches: anyOf(key("d"), key("Enter", { control: true })),
    run: ({ page }) => page.done(),
  },
  {
    group: "Images",
    label: "Next image (→ too, when nothing is selected)",
    keys: ["Page Down"],
    matches: key("PageDown"),
    run: ({ page }) => page.next(),
  },
  {
    group: "Images",
    label: "Previous image (← too)",
    keys: ["Page Up"],
    matches: key("PageUp"),
    run: ({ page }) => page.previous(),
  },
  {
    group: "Images",
    label: "Save now",
    keys: ["Ctrl", "S"],
    matches: key("s", { control: true }),
    run: ({ page }) => page.saveNow(),
  },
];

/** Moves that need the pointer: shown with the keys, run by the canvas itself. */
export const GESTURES: readonly Pick<Command, "group" | "label" | "keys">[] = [
  { group: "Draw", label: "Point by point", keys: ["Click"] },
  { group: "Draw", label: "Freehand", keys: ["Drag"] },
  { group: "Draw", label: "Live wire: a straight line", keys: ["Shift", "Click"] },
  { group: "Draw", label: "Outline that was found: not this", keys: ["Alt", "Drag"] },
  { group: "Draw", label: "Outline that was found: take it", keys: ["Click outside"] },
  { group: "Draw", label: "Close the outline", keys: ["Double click"] },
  {
    group: "Draw",
    label: "Follow a border to the next point (Alt: the longer way)",
    keys: ["Shift", "Click"],
  },
  { group: "View", label: "Zoom at the pointer", keys: ["Wheel"] },
  { group: "View", label: "Move the view", keys: ["Space", "Drag"] },
  { group: "Edit", label: "Insert a vertex", keys: ["Drag an edge"] },
  { group: "Edit", label: "Select several", keys: ["Shift", "Click"] },
  { group: "Edit", label: "Select what a rectangle touches", keys: ["Shift", "Drag from nothing"] },
];

/** Keys that a focused control uses itself. */
const OF_CONTROLS = new Set(["Enter", " ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

/** False where the person is typing, or works a control with the keyboard. */
export function isForCanvas(event: KeyboardEvent): boolean {
  const { target } = event;
  if (event.defaultPrevented || event.isComposing || !(target instanceof HTMLElement)) return false;
  if (
    target.closest(
      "input:not([type=range]), textarea, select, [contenteditable=true], [role=dialog], [role=menu]",
    )
  ) {
    return false;
  }
  return !(
    OF_CONTROLS.has(event.key) &&
    target.closest("button, a, input, [role=slider], [role=option], [role=radio]")
  );
}

export function runCommand(context: CommandContext, event: KeyboardEvent): boolean {
  const command = COMMANDS.find((each) => each.matches(event) && (each.when?.(context) ?? true));
  if (!command) return false;
  event.preventDefault();
  command.run(context, event);
  return true;
}
