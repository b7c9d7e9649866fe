import type { ToolName } from "@/canvas/tools/tool";
import type { Command } from "./command";

const BRUSH_STEP = 1.25;

function tool(name: ToolName, letter: string, label: string): Command {
  return {
    id: `tool.${name}`,
    group: "Draw",
    label,
    keys: [letter],
    run: ({ editor }) => editor.setTool(name),
  };
}

export const DRAW_COMMANDS: readonly Command[] = [
  tool("draw", "P", "Draw"),
  tool("rectangle", "R", "Rectangle"),
  tool("ellipse", "O", "Ellipse"),
  tool("brush", "B", "Brush"),
  tool("eraser", "E", "Eraser"),
  tool("slice", "K", "Knife: slice along a line"),
  {
    id: "brush.smaller",
    group: "Draw",
    label: "Smaller brush",
    keys: ["["],
    run: ({ editor }) => editor.setBrushRadius(editor.state.brushRadius / BRUSH_STEP),
  },
  {
    id: "brush.larger",
    group: "Draw",
    label: "Larger brush",
    keys: ["]"],
    run: ({ editor }) => editor.setBrushRadius(editor.state.brushRadius * BRUSH_STEP),
  },
  {
    id: "draw.snap",
    group: "Draw",
    label: "Snap to the borders of other objects",
    keys: ["S"],
    run: ({ editor }) => editor.setSnaps(!editor.state.snaps),
  },
  {
    id: "draw.close",
    group: "Draw",
    label: "Close the outline",
    keys: ["Enter"],
    run: ({ editor }) => editor.confirm(),
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
