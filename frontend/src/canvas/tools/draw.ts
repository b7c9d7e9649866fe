import type { Work } from "../model/work";
import type { Stage, Lost, ToolState } from "../stage/stage";
import { repairOf } from "../geometry/crossings";
import { boxOfRing, clampPoint, distance, goOn, isRing } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { type FreehandStroke, outlineOf } from "../geometry/strokes";
import { dragDistance, type PointerInput, reach, SAME_PLACE } from "../model/tools";
import { borderBetween, place } from "./snapping";
import { type Around, Mending } from "./mend";

/** A new point of a stroke is taken when the hand has moved this far, in CSS pixels. */
const STROKE_STEP = 1.5;

type Points = readonly number[];

/** Waiting for points; with some set already, a line follows the pointer. */
export class Drawing implements ToolState {
  readonly cursor = "crosshair";
  readonly points: Points;

  constructor(points: Points = []) {
    this.points = points;
  }

  enter(stage: Stage, undone?: Points): this {
    stage.draft.set(this.points.length > 0 ? { points: this.points, stroke: [] } : null, undone);
    return this;
  }

  hover(input: PointerInput, stage: Stage): void {
    stage.pointing.setPointer(place(stage, input), isOnFirst(this.points, input, stage));
  }

  down(input: PointerInput, stage: Stage): ToolState {
    return new Pressed(this.points, input, stage);
  }

  confirm(stage: Stage): ToolState {
    return closed(this.points, stage);
  }

  abandon(stage: Stage): ToolState | null {
    return this.points.length > 0 ? new Drawing().enter(stage) : null;
  }

  stepBack(stage: Stage): ToolState | null {
    if (this.points.length > 0) {
      const undone = [...stage.draft.undone, ...this.points.slice(-2)];
      return new Drawing(this.points.slice(0, -2)).enter(stage, undone);
    }
    return null;
  }

  stepForward(stage: Stage): ToolState | null {
    const { undone } = stage.draft;
    if (undone.length === 0) return null;
    return new Drawing([...this.points, ...undone.slice(-2)]).enter(stage, undone.slice(0, -2));
  }

  work(stage: Stage): Work | null {
    return stage.draft.work("draw", this.points);
  }
}

/** The button is down: a click or the beginning of a stroke. */
class Pressed implements ToolState {
  readonly cursor = "crosshair";
  readonly #points: Points;
  readonly #start: PointerInput;

  constructor(points: Points, start: PointerInput, stage: Stage) {
    this.#points = points;
    this.#start = start;
    stage.pointing.setPointer(place(stage, start), isOnFirst(points, start, stage));
  }

  move(input: PointerInput, path: readonly Point[], stage: Stage): ToolState {
    if (distance(input.screen, this.#start.screen) < dragDistance(input.kind)) return this;
    return new Stroke(this.#points, this.#start, stage).move(input, path, stage);
  }

  up(_: PointerInput, stage: Stage): ToolState {
    const points = this.#points;
    if (isOnFirst(points, this.#start, stage)) return closed(points, stage);
    // The second press of a double click falls on the point that the first has set.
    if (this.#start.isDouble && points.length >= 6) return closed(points, stage);
    const { x, y } = place(stage, this.#start);
    const [lastX, lastY] = points.slice(-2);
    if (x === lastX && y === lastY) return this.cancelPress(stage);
    const between =
      this.#start.shift && lastX !== undefined && lastY !== undefined
        ? borderBetween(stage, { x: lastX, y: lastY }, { x, y }, this.#start.alt)
        : [];
    return new Drawing([...points, ...between, x, y]).enter(stage);
  }

  cancelPress(stage: Stage): ToolState {
    return new Drawing(this.#points).enter(stage, stage.draft.undone);
  }
}

/** Freehand: alone it makes a whole outline, after clicked points it goes on from the last. */
class Stroke implements ToolState {
  readonly cursor = "crosshair";
  readonly #points: Points;
  readonly #stroke: number[] = [];

  constructor(points: Points, start: PointerInput, stage: Stage) {
    this.#points = points;
    const { x, y } = clampPoint(start.image, stage.size);
    this.#stroke.push(x, y);
  }

  move(_: PointerInput, path: readonly Point[], stage: Stage): ToolState {
    goOn(this.#stroke, path, STROKE_STEP / stage.viewport.camera.scale, stage.size);
    stage.draft.set({ points: this.#points, stroke: this.#stroke }, stage.draft.undone);
    return this;
  }

  up(input: PointerInput, stage: Stage): ToolState {
    const stroke = this.#drawn(stage);
    const points = outlineOf(stroke, stage.state.strokeTolerance);
    const closes = this.#points.length === 0 || isOnFirst(this.#points, input, stage);
    return closes ? closed(points, stage, stroke) : new Drawing(points).enter(stage);
  }

  #drawn({ viewport }: Stage): FreehandStroke {
    return { points: this.#points, drawn: this.#stroke, scale: viewport.camera.scale };
  }

  lost(stage: Stage): Lost | null {
    if (this.#stroke.length < 4) return null;
    const points = outlineOf(this.#drawn(stage), stage.state.strokeTolerance);
    const work: Work = {
      kind: "outline",
      tool: "draw",
      points,
      undone: [],
      pieces: [],
      aim: stage.aiming.aim,
    };
    return { label: "Abandon stroke", work };
  }

  cancelPress(stage: Stage): ToolState {
    return new Drawing(this.#points).enter(stage, stage.draft.undone);
  }
}

function closed(points: Points, stage: Stage, stroke: FreehandStroke | null = null): ToolState {
  const before = (): ToolState => new Drawing(points).enter(stage);
  return closeOutline(points, stage, { before, after: () => new Drawing().enter(stage) }, stroke);
}

/** Makes an object of the points. Where they cannot become one they stay in hand, with a word why. */
export function closeOutline(
  points: Points,
  stage: Stage,
  around: Around,
  stroke: FreehandStroke | null = null,
): ToolState {
  if (points.length === 0) return around.after();
  const repair = points.length < 8 ? null : repairOf(points);
  if (repair && repair.outer.length > 0) {
    if (!stroke) return new Mending(points, repair, around).enter(stage);
    // A hand that lets go is asked afterwards: strokes often cross themselves where their ends meet.
    stage.notify("The stroke crossed itself: its outer contour was kept.");
    return stage.outlines.addPolygon(points, stroke) ? around.after() : around.before();
  }
  if (points.length < 6 || !isRing(points)) {
    stage.notify(
      "An outline needs at least three points that enclose an area. Go on drawing, or press Escape.",
    );
    return around.before();
  }
  return stage.outlines.addPolygon(points, stroke) ? around.after() : around.before();
}

/** Of an outline's size on the screen: as near as this to its first point, a press closes it. */
const NEAR_FIRST = 1 / 3;

/** The pointer is on the first point of an outline that it may close; of a small outline it has to be closer. */
export function isOnFirst(points: Points, input: PointerInput, stage: Stage): boolean {
  if (points.length < 6) return false;
  const { scale } = stage.viewport.camera;
  const { minX, minY, maxX, maxY } = boxOfRing(points);
  const size = Math.max(maxX - minX, maxY - minY) * scale;
  const near = Math.max(SAME_PLACE, Math.min(reach(input.kind) + 2, size * NEAR_FIRST));
  const first = { x: points[0] as number, y: points[1] as number };
  return distance(first, input.image) * scale <= near;
}
