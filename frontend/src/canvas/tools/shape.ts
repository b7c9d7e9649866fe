import type { Stage, Lost, ToolState } from "../stage/stage";
import { ellipse, rectangle } from "../geometry/boolean";
import { clampPoint, distance } from "../geometry/ring";
import type { Point, Ring } from "../geometry/types";
import { dragDistance, type PointerInput } from "../model/tools";
import { place } from "./snapping";

export type ShapeKind = "rectangle" | "ellipse";

/** How far, in CSS pixels, a chord of an ellipse may lie from it. */
const TOLERANCE = 0.5;

/** Rectangle and ellipse, dragged from corner to corner. Shift makes both sides equal, Alt starts from the middle. */
export class ShapeTool implements ToolState {
  readonly cursor = "crosshair";
  readonly #kind: ShapeKind;

  constructor(kind: ShapeKind) {
    this.#kind = kind;
  }

  hover(input: PointerInput, stage: Stage): void {
    stage.pointing.setPointer(place(stage, input));
  }

  down(input: PointerInput, stage: Stage): ToolState {
    return new DraggingShape(this.#kind, input, place(stage, input));
  }
}

class DraggingShape implements ToolState {
  readonly cursor = "crosshair";
  readonly #kind: ShapeKind;
  readonly #start: PointerInput;
  readonly #corner: Point;
  #last: Ring | null = null;

  constructor(kind: ShapeKind, start: PointerInput, corner: Point) {
    this.#kind = kind;
    this.#start = start;
    this.#corner = corner;
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    this.#last = this.#ring(input, stage);
    stage.pointing.setGuide({ kind: "area", points: this.#last });
    return this;
  }

  up(input: PointerInput, stage: Stage): ToolState {
    stage.pointing.setGuide(null);
    if (distance(input.screen, this.#start.screen) >= dragDistance(input.kind)) {
      const ring = this.#ring(input, stage);
      // What would change nothing, or leave nothing, stays in hand; the stage has said why.
      if (!stage.outlines.addPolygon(ring) && stage.tool === this && stage.draft.points.length === 0)
        stage.resumeDraft(ring);
    }
    // Without a class, too, the outline stays in hand, and with it the draw tool.
    return stage.tool === this ? new ShapeTool(this.#kind) : stage.tool;
  }

  cancelPress(stage: Stage): ToolState {
    stage.pointing.setGuide(null);
    return new ShapeTool(this.#kind);
  }

  lost(stage: Stage): Lost | null {
    const made = this.#last && stage.outlines.madeOf([[this.#last]]);
    return made && { label: `Abandon ${this.#kind}`, made };
  }

  #ring(input: PointerInput, stage: Stage): Ring {
    const a = this.#corner;
    let { x, y } = place(stage, input);
    if (input.shift) {
      const side = Math.max(Math.abs(x - a.x), Math.abs(y - a.y));
      x = a.x + (x < a.x ? -side : side);
      y = a.y + (y < a.y ? -side : side);
    }
    const from = clampPoint(input.alt ? { x: 2 * a.x - x, y: 2 * a.y - y } : a, stage.size);
    const to = clampPoint({ x, y }, stage.size);
    return this.#kind === "rectangle"
      ? rectangle(from.x, from.y, to.x, to.y)
      : ellipse(from.x, from.y, to.x, to.y, TOLERANCE / stage.viewport.camera.scale);
  }
}
