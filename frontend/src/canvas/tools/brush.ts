import type { Editor } from "../editor/editor";
import { brushed } from "../geometry/boolean";
import { clampPoint } from "../geometry/ring";
import { simplifyLine } from "../geometry/simplify";
import type { Point, Polygons } from "../geometry/types";
import type { Lost, ToolState } from "../stage/stage";
import type { PointerInput } from "../model/tools";
import { erase, erased, paint } from "../operations/objects";

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
    const area = this.#area(editor);
    if (this.#erases) erase(editor, area, this.#start);
    else paint(editor, area);
    return editor.tool === this ? new BrushTool(this.#erases) : editor.tool;
  }

  get #start(): Point {
    const [x = 0, y = 0] = this.#line;
    return { x, y };
  }

  #area(editor: Editor): Polygons {
    const tolerance = TOLERANCE / editor.camera.scale;
    return brushed(simplifyLine(this.#line, tolerance), editor.state.brushRadius, tolerance);
  }

  lost(editor: Editor): Lost | null {
    const area = this.#area(editor);
    const made = this.#erases ? erased(editor, area, this.#start) : editor.madeOf(area, "Brush");
    return made && { label: "Abandon stroke", made };
  }

  cancelPress(editor: Editor): ToolState {
    editor.setGuide(null);
    return new BrushTool(this.#erases);
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}
