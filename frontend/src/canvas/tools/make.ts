import type { Work } from "../model/work";
import type { Editor } from "../editor/editor";
import { BrushTool } from "./brush";
import { Drawing } from "./draw";
import { Panning } from "./pan";
import { Selecting } from "./select";
import { ShapeTool } from "./shape";
import { Slicing } from "./slice";
import { Boxing, offerAgain } from "./box";
import type { ToolName } from "../model/tools";
import type { ToolState } from "../stage/stage";
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

/** The tool that goes on with work that was put down. */
export function toolOf(work: Work): ToolName {
  return work.kind === "outline" ? work.tool : work.kind === "line" ? "slice" : "box";
}

/** Work that was put down comes back into the hand, its tool with it. */
export function takeUp(work: Work, editor: Editor): ToolState {
  switch (work.kind) {
    case "outline": {
      const { tool, points, pieces, undone } = work;
      return (tool === "wire" ? new Wiring(points, pieces) : new Drawing(points)).enter(editor, undone);
    }
    case "line":
      return new Slicing(work.points, work.undone).enter(editor);
    case "offer":
      return offerAgain(work, editor);
  }
}
