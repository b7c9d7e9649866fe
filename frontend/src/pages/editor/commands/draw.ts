import { mend, drawAgain } from "@/canvas/operations/drawing";
import type { Editor } from "@/canvas/editor/editor";
import type { ToolName } from "@/canvas/model/tools";
import type { Command } from "./command";

const BRUSH_STEP = 1.25;
/** In CSS pixels. */
const TOLERANCE_STEP = 0.25;

function tool(name: ToolName, letter: string, label: string): Command {
  return {
    id: `tool.${name}`,
    group: "Draw",
    label,
    keys: [letter],
    run: ({ editor }) => editor.setTool(name),
  };
}

/** The brush, or what the tool in hand has instead of one. */
function resize(editor: Editor, direction: 1 | -1): void {
  const { tool, strokeTolerance, brushRadius } = editor.state;
  if (tool === "draw") editor.outlines.setTolerance(strokeTolerance + direction * TOLERANCE_STEP);
  else editor.options.set({ brushRadius: brushRadius * BRUSH_STEP ** direction });
}

export const DRAW_COMMANDS: readonly Command[] = [
  tool("draw", "P", "Draw"),
  tool("wire", "W", "Live wire: follows edges from click to click"),
  tool("box", "G", "Box to polygon: finds the outline in a box"),
  tool("rectangle", "R", "Rectangle"),
  tool("ellipse", "O", "Ellipse"),
  tool("brush", "B", "Brush"),
  tool("eraser", "E", "Eraser"),
  tool("slice", "K", "Knife: slice along a line"),
  {
    id: "draw.again",
    group: "Draw",
    label: "Draw again: tool and class as last time; an open outline is closed",
    keys: ["N"],
    run: ({ editor }) => drawAgain(editor),
  },
  {
    id: "draw.select-new",
    group: "Draw",
    label: "Select an object that was just drawn, or not",
    keys: ["Alt+N"],
    run: ({ editor }) => {
      editor.options.set({ selectsNew: !editor.state.selectsNew });
      editor.notify(
        editor.state.selectsNew ? "New objects are selected once drawn." : "New objects are not selected.",
      );
    },
  },
  {
    id: "brush.smaller",
    group: "Draw",
    label: "Smaller brush; freehand closer to the hand",
    keys: ["["],
    run: ({ editor }) => resize(editor, -1),
  },
  {
    id: "brush.larger",
    group: "Draw",
    label: "Larger brush; freehand with fewer points",
    keys: ["]"],
    run: ({ editor }) => resize(editor, 1),
  },
  {
    id: "draw.hint",
    group: "Draw",
    label: "Strokes on an outline that was found: this too, or not this",
    keys: ["I"],
    run: ({ editor }) => editor.options.set({ hint: editor.state.hint === "inside" ? "outside" : "inside" }),
  },
  {
    id: "draw.snap",
    group: "Draw",
    label: "Snap to the borders of other objects",
    keys: ["S"],
    run: ({ editor }) => editor.options.set({ snaps: !editor.state.snaps }),
  },
  {
    id: "draw.close",
    group: "Draw",
    label: "Close the outline",
    keys: ["Enter"],
    run: ({ editor }) => {
      const { crossing } = editor.state;
      if (crossing === "object" || crossing === "mended") mend(editor, "outer");
      else editor.confirm();
    },
  },
  {
    id: "draw.close-parts",
    group: "Draw",
    label: "Of an outline that crosses itself, keep the parts",
    keys: ["Shift+Enter"],
    run: ({ editor }) => mend(editor, "parts"),
  },
  {
    id: "draw.back",
    group: "Draw",
    label: "Take back the last point",
    keys: ["Backspace"],
    run: ({ editor }) => editor.backspace(),
  },
  {
    id: "draw.abandon",
    group: "Draw",
    label: "Abandon",
    keys: ["Escape"],
    run: ({ editor }) => editor.abandon(),
  },
];
