import { BrushTool } from "./brush";
import { Drawing } from "./draw";
import { Panning } from "./pan";
import { Selecting } from "./select";
import { ShapeTool } from "./shape";
import { Slicing } from "./slice";
import { Boxing } from "./box";
import type { ToolName, ToolState } from "./tool";
import { Wiring } from "./wire";

/** A tool as it is taken up; drawing goes on with the points that were left in hand. */
export function makeTool(name: ToolName, draft?: readonly number[]): ToolState {
  switch (name) {
    case "select":
      return new Selecting();
    case "draw":
      return new Drawing(draft);
    case "wire":
      return new Wiring(draft);
    case "box":
      return new Boxing();
    case "rectangle":
    case "ellipse":
      return new ShapeTool(name);
    case "brush":
    case "eraser":
      return new BrushTool(name === "eraser");
    case "slice":
      return new Slicing();
    case "pan":
      return new Panning();
  }
}
