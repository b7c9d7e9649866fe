import type { Editor } from "../editor/editor";
import { ellipse, rectangle } from "../geometry/boolean";
import { clampPoint, distance } from "../geometry/ring";
import type { Point, Ring } from "../geometry/types";
import { dragDistance, type PointerInput } from "../model/tools";
import type { Lost, ToolState } from "../stage/stage";
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

  hover(input: PointerInput, editor: Editor): void {
    editor.setPointer(place(editor, input));
  }

  down(input: PointerInput, editor: Editor): ToolState {
    return new DraggingShape(this.#kind, input, place(editor, input));
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

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    this.#last = this.#ring(input, editor);
    editor.setGuide({ kind: "area", points: this.#last });
    return this;
  }

  up(input: PointerInput, editor: Editor): ToolState {
    editor.setGuide(null);
    if (distance(input.screen, this.#start.screen) >= dragDistance(input.kind)) {
      const ring = this.#ring(input, editor);
      // What would change nothing, or leave nothing, stays in hand; the editor has said why.
      if (!editor.addPolygon(ring) && editor.tool === this && editor.draftPoints.length === 0)
        editor.resumeDraft(ring);
    }
    // Without a class, too, the outline stays in hand, and with it the draw tool.
    return editor.tool === this ? new ShapeTool(this.#kind) : editor.tool;
  }

  cancelPress(editor: Editor): ToolState {
    editor.setGuide(null);
    return new ShapeTool(this.#kind);
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }

  lost(editor: Editor): Lost | null {
    const made = this.#last && editor.madeOf([[this.#last]]);
    return made && { label: `Abandon ${this.#kind}`, made };
  }

  #ring(input: PointerInput, editor: Editor): Ring {
    const a = this.#corner;
    let { x, y } = place(editor, input);
    if (input.shift) {
      const side = Math.max(Math.abs(x - a.x), Math.abs(y - a.y));
      x = a.x + (x < a.x ? -side : side);
      y = a.y + (y < a.y ? -side : side);
    }
    const from = clampPoint(input.alt ? { x: 2 * a.x - x, y: 2 * a.y - y } : a, editor.size);
    const to = clampPoint({ x, y }, editor.size);
    return this.#kind === "rectangle"
      ? rectangle(from.x, from.y, to.x, to.y)
      : ellipse(from.x, from.y, to.x, to.y, TOLERANCE / editor.camera.scale);
  }
}
