import { EdgeTracer } from "../assist/edge-tracer";
import type { Work } from "../model/work";
import type { Editor } from "../editor/editor";
import type { Point } from "../geometry/types";
import { place } from "./snapping";
import { closeOutline, isOnFirst, outlineInHand } from "./draw";
import type { PointerInput } from "../model/tools";
import type { ToolState } from "../stage/stage";

/** Pixels that the search may go through at one move of the pointer: some five milliseconds. */
const BUDGET = 40_000;

type Points = readonly number[];

/** Live wire: a click sets a point, and the way from there to the pointer follows the edges of the photograph. */
export class Wiring implements ToolState {
  readonly cursor = "crosshair";
  readonly points: Points;
  /** Numbers in `points` before each piece that a click has fixed. */
  readonly #pieces: readonly number[];
  /** Numbers of each piece that was taken back, the one that returns first last. */
  readonly #undone: readonly number[];
  #tracer: EdgeTracer | null;
  #search: ReturnType<typeof setTimeout> | undefined;

  constructor(
    points: Points = [],
    pieces: readonly number[] = [],
    tracer: EdgeTracer | null = null,
    undone: readonly number[] = [],
  ) {
    this.points = points;
    this.#pieces = pieces;
    this.#tracer = tracer;
    this.#undone = undone;
  }

  enter(editor: Editor, undone?: Points): this {
    editor.setDraft(this.points.length > 0 ? { points: this.points, stroke: [] } : null, undone);
    return this;
  }

  hover(input: PointerInput, editor: Editor): void {
    clearTimeout(this.#search);
    const closes = isOnFirst(this.points, input, editor);
    if (this.points.length === 0) return editor.setPointer(place(editor, input));
    const to = closes ? this.#first() : this.#target(input, editor);
    const way = input.shift ? [to.x, to.y] : this.#wayTo(to, editor, BUDGET);
    editor.setDraft({ points: this.points, stroke: way ?? [] }, editor.undone);
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
    this.hover(input, editor);
    return new PressedWire(this, input);
  }

  /** A press is let go. */
  set(input: PointerInput, isDouble: boolean, editor: Editor): ToolState {
    clearTimeout(this.#search);
    const { points } = this;
    if (isOnFirst(points, input, editor)) return this.confirm(editor);
    // The second press of a double click falls on the point that the first has set.
    if (isDouble && points.length >= 6) return this.confirm(editor);
    const to = this.#target(input, editor);
    if (points.length === 0) {
      if (!this.#begin(editor, to)) {
        editor.notify("The photograph is not loaded yet: until it is, the live wire draws straight lines.");
      }
      return new Wiring([to.x, to.y], [0], this.#tracer).enter(editor);
    }
    const [x, y] = points.slice(-2);
    if (to.x === x && to.y === y) return this.enter(editor, editor.undone);
    const way = input.shift ? [to.x, to.y] : (this.#wayTo(to, editor, Infinity) ?? []);
    return new Wiring([...points, ...way], [...this.#pieces, points.length], this.#tracer).enter(editor);
  }

  /** Back to the first point along the edges. */
  confirm(editor: Editor): ToolState {
    const { points } = this;
    const back = points.length >= 4 ? (this.#wayTo(this.#first(), editor, Infinity) ?? []) : [];
    return closeOutline([...points, ...back.slice(0, -2)], editor, {
      before: () => this.enter(editor, editor.undone),
      after: () => new Wiring([], [], this.#tracer).enter(editor),
    });
  }

  abandon(editor: Editor): ToolState | null {
    return this.points.length > 0 ? new Wiring([], [], this.#tracer).enter(editor) : null;
  }

  stepBack(editor: Editor): ToolState | null {
    if (this.points.length === 0) return null;
    const kept = this.#pieces.at(-1) ?? this.points.length - 2;
    const piece = this.points.slice(kept);
    const pieces = this.#pieces.slice(0, -1);
    const undone = [...this.#undone, piece.length];
    const before = new Wiring(this.points.slice(0, kept), pieces, this.#tracer, undone);
    return before.enter(editor, [...editor.undone, ...turnedRound(piece)]);
  }

  stepForward(editor: Editor): ToolState | null {
    const { undone } = editor;
    if (undone.length === 0) return null;
    const count = this.#undone.at(-1) ?? 2;
    const points = [...this.points, ...turnedRound(undone.slice(-count))];
    const pieces = [...this.#pieces, this.points.length];
    const next = new Wiring(points, pieces, this.#tracer, this.#undone.slice(0, -1));
    return next.enter(editor, undone.slice(0, -count));
  }

  work(editor: Editor): Work | null {
    return outlineInHand("wire", this.points, editor, this.#pieces);
  }

  cancelPress(editor: Editor): ToolState {
    clearTimeout(this.#search);
    return this.enter(editor, editor.undone);
  }
}

/** The button is down: a touch shows the way to the finger until it is lifted. */
class PressedWire implements ToolState {
  readonly cursor = "crosshair";
  readonly #wiring: Wiring;
  readonly #start: PointerInput;

  constructor(wiring: Wiring, start: PointerInput) {
    this.#wiring = wiring;
    this.#start = start;
  }

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    this.#wiring.hover(input, editor);
    return this;
  }

  up(input: PointerInput, editor: Editor): ToolState {
    return this.#wiring.set(input, this.#start.isDouble, editor);
  }

  cancelPress(editor: Editor): ToolState {
    return this.#wiring.cancelPress(editor);
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}

/** The same points in the other order. */
function turnedRound(points: Points): Points {
  const out: number[] = [];
  for (let i = points.length - 2; i >= 0; i -= 2) out.push(points[i] as number, points[i + 1] as number);
  return out;
}
