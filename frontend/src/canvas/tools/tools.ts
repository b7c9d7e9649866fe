import type { Toolbox } from "../stage/stage";
import { Boxing, offerAgain } from "./box";
import { BrushTool } from "./brush";
import { Drawing } from "./draw";
import { Panning } from "./pan";
import { Selecting } from "./select";
import { ShapeTool } from "./shape";
import { Slicing } from "./slice";
import { Wiring } from "./wire";

export const TOOLS: Toolbox = {
  make(name, draft) {
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
  },

  takeUp(work, stage) {
    switch (work.kind) {
      case "outline": {
        const { tool, points, pieces, undone } = work;
        return (tool === "wire" ? new Wiring(points, pieces) : new Drawing(points)).enter(stage, undone);
      }
      case "line":
        return new Slicing(work.points, work.undone).enter(stage);
      case "offer":
        return offerAgain(work, stage);
    }
  },
};
