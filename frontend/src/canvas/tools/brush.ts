import type { Editor } from "../editor";
import { brushed } from "../geometry/boolean";
import { clampPoint } from "../geometry/ring";
import { simplifyLine } from "../geometry/simplify";
import type { Point } from "../geometry/types";
import type { PointerInput, ToolState } from "./tool";
import { erase, paint } from "../operations";

/** How far, in CSS pixels, the outline of a stroke may lie from what the brush has covered. */
const TOLERANCE = 0.5;
const STEP = 1.5;

/** Brush and eraser: what a stroke covers becomes part of an object, or is taken from it. */
export class BrushTool implements ToolState {
  readonly cursor = "none";
  readonly erases: boolean;

  constructor(erases: boolean) {
    this.erases = erases;
  }

  hover(input: PointerInput, editor: Editor): void {
    editor.setPointer(clampPoint(input.image, editor.size));
  }

  down(input: PointerInput, editor: Editor): ToolState {
    return new BrushStroke(this.erases, input, editor);
  }
}

class BrushStroke implements ToolState {
  readonly cursor = "none";
  readonly #erases: boolean;
  readonly #line: number[];

  constructor(erases: boolean, { image }: PointerInput, editor: Editor) {
    this.#erases = erases;
    this.#line = [image.x, image.y];
    this.#show(image, editor);
  }

  move(input: PointerInput, path: readonly Point[], editor: Editor): ToolState {
    const step = STEP / editor.camera.scale;
    for (const { x, y } of path) {
      const dx = x - (this.#line.at(-2) as number);
      const dy = y - (this.#line.at(-1) as number);
      if (Math.hypot(dx, dy) >= step) this.#line.push(x, y);
    }
    this.#show(input.image, editor);
    return this;
  }

  #show(at: Point, editor: Editor): void {
    editor.setPointer(clampPoint(at, editor.size));
    editor.setGuide({ kind: "brush", points: this.#line, erases: this.#erases });
  }

  up(_: PointerInput, editor: Editor): ToolState {
    editor.setGuide(null);
    const tolerance = TOLERANCE / editor.camera.scale;
    const line = simplifyLine(this.#line, tolerance);
    const area = brushed(line, editor.state.brushRadius, tolerance);
    const [x = 0, y = 0] = this.#line;
    if (this.#erases) erase(editor, area, { x, y });
    else paint(editor, area);
    return editor.tool === this ? new BrushTool(this.#erases) : editor.tool;
  }

  cancelPress(editor: Editor): ToolState {
    editor.setGuide(null);
    return new BrushTool(this.#erases);
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}
