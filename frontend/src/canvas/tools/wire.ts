import { EdgeTracer } from "../assist/edge-tracer";
import type { Work } from "../model/work";
import type { Stage, ToolState } from "../stage/stage";
import { reversed } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { place } from "./snapping";
import { closeOutline, isOnFirst } from "./draw";
import type { PointerInput } from "../model/tools";

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

  enter(stage: Stage, undone?: Points): this {
    stage.draft.set(this.points.length > 0 ? { points: this.points, stroke: [] } : null, undone);
    return this;
  }

  hover(input: PointerInput, stage: Stage): void {
    clearTimeout(this.#search);
    const closes = isOnFirst(this.points, input, stage);
    if (this.points.length === 0) return stage.pointing.setPointer(place(stage, input));
    const to = closes ? this.#first() : this.#target(input, stage);
    const way = input.shift ? [to.x, to.y] : this.#wayTo(to, stage, BUDGET);
    stage.draft.set({ points: this.points, stroke: way ?? [] }, stage.draft.undone);
    // A straight line follows the pointer until the search is over.
    if (!way) this.#search = setTimeout(() => this.#goOn(input, stage));
    stage.pointing.setPointer(to, closes);
  }

  #goOn(input: PointerInput, stage: Stage): void {
    if (stage.tool === this) this.hover(input, stage);
  }

  #first(): Point {
    return { x: this.points[0] as number, y: this.points[1] as number };
  }

  /** Where a press sets a point: on the strongest edge close by; exactly under the pointer with Alt. */
  #target(input: PointerInput, stage: Stage): Point {
    const p = place(stage, input);
    if (input.alt || input.shift || !this.#begin(stage, p)) return p;
    const isSnapped = stage.state.snaps && (p.x !== input.image.x || p.y !== input.image.y);
    return isSnapped ? p : (this.#tracer?.pulled(p) ?? p);
  }

  /** The wire begins at the last point, or where there is none at `p`. False: there is no photograph to follow. */
  #begin(stage: Stage, p: Point): boolean {
    if (!stage.pixels) return false;
    this.#tracer ??= new EdgeTracer(stage.pixels, stage.size);
    const [x, y] = this.points.slice(-2);
    return this.#tracer.begin(x !== undefined && y !== undefined ? { x, y } : p, stage.viewport.camera.scale);
  }

  /** Flat points after the last one up to `to`; null while the search goes on. */
  #wayTo(to: Point, stage: Stage, budget: number): readonly number[] | null {
    return this.#begin(stage, to) && this.#tracer ? this.#tracer.pathTo(to, budget) : [to.x, to.y];
  }

  down(input: PointerInput, stage: Stage): ToolState {
    this.hover(input, stage);
    return new PressedWire(this, input);
  }

  /** A press is let go. */
  set(input: PointerInput, isDouble: boolean, stage: Stage): ToolState {
    clearTimeout(this.#search);
    const { points } = this;
    if (isOnFirst(points, input, stage)) return this.confirm(stage);
    // The second press of a double click falls on the point that the first has set.
    if (isDouble && points.length >= 6) return this.confirm(stage);
    const to = this.#target(input, stage);
    if (points.length === 0) {
      if (!this.#begin(stage, to)) {
        stage.notify("The photograph is not loaded yet: until it is, the live wire draws straight lines.");
      }
      return new Wiring([to.x, to.y], [0], this.#tracer).enter(stage);
    }
    const [x, y] = points.slice(-2);
    if (to.x === x && to.y === y) return this.enter(stage, stage.draft.undone);
    const way = input.shift ? [to.x, to.y] : (this.#wayTo(to, stage, Infinity) ?? []);
    return new Wiring([...points, ...way], [...this.#pieces, points.length], this.#tracer).enter(stage);
  }

  /** Back to the first point along the edges. */
  confirm(stage: Stage): ToolState {
    const { points } = this;
    const back = points.length >= 4 ? (this.#wayTo(this.#first(), stage, Infinity) ?? []) : [];
    return closeOutline([...points, ...back.slice(0, -2)], stage, {
      before: () => this.enter(stage, stage.draft.undone),
      after: () => new Wiring([], [], this.#tracer).enter(stage),
    });
  }

  abandon(stage: Stage): ToolState | null {
    return this.points.length > 0 ? new Wiring([], [], this.#tracer).enter(stage) : null;
  }

  stepBack(stage: Stage): ToolState | null {
    if (this.points.length === 0) return null;
    const kept = this.#pieces.at(-1) ?? this.points.length - 2;
    const piece = this.points.slice(kept);
    const pieces = this.#pieces.slice(0, -1);
    const undone = [...this.#undone, piece.length];
    const before = new Wiring(this.points.slice(0, kept), pieces, this.#tracer, undone);
    return before.enter(stage, [...stage.draft.undone, ...reversed(piece)]);
  }

  stepForward(stage: Stage): ToolState | null {
    const { undone } = stage.draft;
    if (undone.length === 0) return null;
    const count = this.#undone.at(-1) ?? 2;
    const points = [...this.points, ...reversed(undone.slice(-count))];
    const pieces = [...this.#pieces, this.points.length];
    const next = new Wiring(points, pieces, this.#tracer, this.#undone.slice(0, -1));
    return next.enter(stage, undone.slice(0, -count));
  }

  work(stage: Stage): Work | null {
    return stage.draft.work("wire", this.points, this.#pieces);
  }

  cancelPress(stage: Stage): ToolState {
    clearTimeout(this.#search);
    return this.enter(stage, stage.draft.undone);
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

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    this.#wiring.hover(input, stage);
    return this;
  }

  up(input: PointerInput, stage: Stage): ToolState {
    return this.#wiring.set(input, this.#start.isDouble, stage);
  }

  cancelPress(stage: Stage): ToolState {
    return this.#wiring.cancelPress(stage);
  }
}
