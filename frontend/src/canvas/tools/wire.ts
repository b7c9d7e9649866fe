import { EdgeTracer } from "../assist/edge-tracer";
import type { Editor } from "../editor";
import type { Point } from "../geometry/types";
import { place } from "../snapping";
import { closeOutline, isOnFirst } from "./draw";
import type { PointerInput, ToolState } from "./tool";

/** Pixels that the search may go through at one move of the pointer: some five milliseconds. */
const BUDGET = 40_000;

type Points = readonly number[];

/** Live wire: a click sets a point, and the way from there to the pointer follows the edges of the photograph. */
export class Wiring implements ToolState {
  readonly cursor = "crosshair";
  readonly isPatient = true;
  readonly points: Points;
  /** Numbers in `points` before each piece that a click has fixed. */
  readonly #pieces: readonly number[];
  #tracer: EdgeTracer | null;
  #isDouble = false;
  #search: ReturnType<typeof setTimeout> | undefined;

  constructor(points: Points = [], pieces: readonly number[] = [], tracer: EdgeTracer | null = null) {
    this.points = points;
    this.#pieces = pieces;
    this.#tracer = tracer;
  }

  enter(editor: Editor): this {
    editor.setDraft(this.points.length > 0 ? { points: this.points, stroke: [] } : null);
    return this;
  }

  hover(input: PointerInput, editor: Editor): void {
    clearTimeout(this.#search);
    const closes = isOnFirst(this.points, input, editor);
    if (this.points.length === 0) return editor.setPointer(place(editor, input));
    const to = closes ? this.#first() : this.#target(input, editor);
    const way = input.shift ? [to.x, to.y] : this.#wayTo(to, editor, BUDGET);
    editor.setDraft({ points: this.points, stroke: way ?? [] });
    // A straight line follows the pointer until the search is over.
    if (!way) this.#search = setTimeout(() => this.#goOn(input, editor));
    editor.setPointer(to, closes);
  }

  #goOn(input: PointerInput, editor: Editor): void {
    if (editor.tool === this) this.hover(input, editor);
  }

  #first(): Point {
    return { x: this.points[0] as number, y: this.points[1] as number };
  }

  /** Where a press sets a point: on the strongest edge close by; exactly under the pointer with Alt. */
  #target(input: PointerInput, editor: Editor): Point {
    const p = place(editor, input);
    if (input.alt || input.shift || !this.#begin(editor, p)) return p;
    const isSnapped = editor.state.snaps && (p.x !== input.image.x || p.y !== input.image.y);
    return isSnapped ? p : (this.#tracer?.pulled(p) ?? p);
  }

  /** The wire begins at the last point, or where there is none at `p`. False: there is no photograph to follow. */
  #begin(editor: Editor, p: Point): boolean {
    if (!editor.pixels) return false;
    this.#tracer ??= new EdgeTracer(editor.pixels, editor.size);
    const [x, y] = this.points.slice(-2);
    return this.#tracer.begin(x !== undefined && y !== undefined ? { x, y } : p, editor.camera.scale);
  }

  /** Flat points after the last one up to `to`; null while the search goes on. */
  #wayTo(to: Point, editor: Editor, budget: number): readonly number[] | null {
    return this.#begin(editor, to) && this.#tracer ? this.#tracer.pathTo(to, budget) : [to.x, to.y];
  }

  down(input: PointerInput, editor: Editor): ToolState {
    this.#isDouble = input.isDouble;
    this.hover(input, editor);
    return this;
  }

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    this.hover(input, editor);
    return this;
  }

  up(input: PointerInput, editor: Editor): ToolState {
    clearTimeout(this.#search);
    const { points } = this;
    if (isOnFirst(points, input, editor)) return this.confirm(editor);
    // The second press of a double click falls on the point that the first has set.
    if (this.#isDouble && points.length >= 6) return this.confirm(editor);
    const to = this.#target(input, editor);
    if (points.length === 0) {
      if (!this.#begin(editor, to)) {
        editor.notify("The photograph is not loaded yet: until it is, the live wire draws straight lines.");
      }
      return new Wiring([to.x, to.y], [0], this.#tracer).enter(editor);
    }
    const [x, y] = points.slice(-2);
    if (to.x === x && to.y === y) return this.enter(editor);
    const way = input.shift ? [to.x, to.y] : (this.#wayTo(to, editor, Infinity) ?? []);
    return new Wiring([...points, ...way], [...this.#pieces, points.length], this.#tracer).enter(editor);
  }

  /** Back to the first point along the edges. */
  confirm(editor: Editor): ToolState {
    const { points } = this;
    const back = points.length >= 4 ? (this.#wayTo(this.#first(), editor, Infinity) ?? []) : [];
    const isDone = closeOutline([...points, ...back.slice(0, -2)], editor);
    return isDone ? new Wiring([], [], this.#tracer).enter(editor) : this.enter(editor);
  }

  abandon(editor: Editor): ToolState | null {
    return this.points.length > 0 ? new Wiring([], [], this.#tracer).enter(editor) : null;
  }

  stepBack(editor: Editor): ToolState | null {
    if (this.points.length === 0) return null;
    const kept = this.#pieces.at(-1) ?? this.points.length - 2;
    return new Wiring(this.points.slice(0, kept), this.#pieces.slice(0, -1), this.#tracer).enter(editor);
  }

  cancelPress(editor: Editor): ToolState {
    clearTimeout(this.#search);
    return this.enter(editor);
  }
}
