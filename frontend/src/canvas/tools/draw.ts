import type { Work } from "../model/work";
import type { Editor } from "../editor/editor";
import { repairOf } from "../geometry/crossings";
import { boxOfRing, clampPoint, distance, isRing } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { type FreehandStroke, outlineOf } from "../geometry/strokes";
import { dragDistance, type PointerInput, reach, SAME_PLACE } from "../model/tools";
import type { Lost, ToolState } from "../stage/stage";
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

  enter(editor: Editor, undone?: Points): this {
    editor.setDraft(this.points.length > 0 ? { points: this.points, stroke: [] } : null, undone);
    return this;
  }

  hover(input: PointerInput, editor: Editor): void {
    editor.setPointer(place(editor, input), isOnFirst(this.points, input, editor));
  }

  down(input: PointerInput, editor: Editor): ToolState {
    return new Pressed(this.points, input, editor);
  }

  confirm(editor: Editor): ToolState {
    return closed(this.points, editor);
  }

  abandon(editor: Editor): ToolState | null {
    return this.points.length > 0 ? new Drawing().enter(editor) : null;
  }

  stepBack(editor: Editor): ToolState | null {
    if (this.points.length > 0) {
      const undone = [...editor.undone, ...this.points.slice(-2)];
      return new Drawing(this.points.slice(0, -2)).enter(editor, undone);
    }
    return null;
  }

  stepForward(editor: Editor): ToolState | null {
    const { undone } = editor;
    if (undone.length === 0) return null;
    return new Drawing([...this.points, ...undone.slice(-2)]).enter(editor, undone.slice(0, -2));
  }

  work(editor: Editor): Work | null {
    return outlineInHand("draw", this.points, editor);
  }
}

/** Null where not even points that were taken back are in hand. */
export function outlineInHand(
  tool: "draw" | "wire",
  points: Points,
  { undone, aim }: Editor,
  pieces: readonly number[] = [],
): Work | null {
  if (points.length === 0 && undone.length === 0) return null;
  return { kind: "outline", tool, points, undone, pieces, aim };
}

/** The button is down: a click or the beginning of a stroke. */
class Pressed implements ToolState {
  readonly cursor = "crosshair";
  readonly #points: Points;
  readonly #start: PointerInput;

  constructor(points: Points, start: PointerInput, editor: Editor) {
    this.#points = points;
    this.#start = start;
    editor.setPointer(place(editor, start), isOnFirst(points, start, editor));
  }

  move(input: PointerInput, path: readonly Point[], editor: Editor): ToolState {
    if (distance(input.screen, this.#start.screen) < dragDistance(input.kind)) return this;
    return new Stroke(this.#points, this.#start, editor).move(input, path, editor);
  }

  up(_: PointerInput, editor: Editor): ToolState {
    const points = this.#points;
    if (isOnFirst(points, this.#start, editor)) return closed(points, editor);
    // The second press of a double click falls on the point that the first has set.
    if (this.#start.isDouble && points.length >= 6) return closed(points, editor);
    const { x, y } = place(editor, this.#start);
    const [lastX, lastY] = points.slice(-2);
    if (x === lastX && y === lastY) return this.cancelPress(editor);
    const between =
      this.#start.shift && lastX !== undefined && lastY !== undefined
        ? borderBetween(editor, { x: lastX, y: lastY }, { x, y }, this.#start.alt)
        : [];
    return new Drawing([...points, ...between, x, y]).enter(editor);
  }

  cancelPress(editor: Editor): ToolState {
    return new Drawing(this.#points).enter(editor, editor.undone);
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}

/** Freehand: alone it makes a whole outline, after clicked points it goes on from the last. */
class Stroke implements ToolState {
  readonly cursor = "crosshair";
  readonly #points: Points;
  readonly #stroke: number[] = [];

  constructor(points: Points, start: PointerInput, editor: Editor) {
    this.#points = points;
    const { x, y } = clampPoint(start.image, editor.size);
    this.#stroke.push(x, y);
  }

  move(_: PointerInput, path: readonly Point[], editor: Editor): ToolState {
    const step = STROKE_STEP / editor.camera.scale;
    for (const each of path) {
      const { x, y } = clampPoint(each, editor.size);
      const n = this.#stroke.length;
      if (Math.hypot(x - (this.#stroke[n - 2] as number), y - (this.#stroke[n - 1] as number)) >= step) {
        this.#stroke.push(x, y);
      }
    }
    editor.setDraft({ points: this.#points, stroke: this.#stroke }, editor.undone);
    return this;
  }

  up(input: PointerInput, editor: Editor): ToolState {
    const stroke = this.#drawn(editor);
    const points = outlineOf(stroke, editor.state.strokeTolerance);
    const closes = this.#points.length === 0 || isOnFirst(this.#points, input, editor);
    return closes ? closed(points, editor, stroke) : new Drawing(points).enter(editor);
  }

  #drawn({ camera: { scale } }: Editor): FreehandStroke {
    return { points: this.#points, drawn: this.#stroke, scale };
  }

  lost(editor: Editor): Lost | null {
    if (this.#stroke.length < 4) return null;
    const points = outlineOf(this.#drawn(editor), editor.state.strokeTolerance);
    const work: Work = { kind: "outline", tool: "draw", points, undone: [], pieces: [], aim: editor.aim };
    return { label: "Abandon stroke", work };
  }

  cancelPress(editor: Editor): ToolState {
    return new Drawing(this.#points).enter(editor, editor.undone);
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}

function closed(points: Points, editor: Editor, stroke: FreehandStroke | null = null): ToolState {
  const before = (): ToolState => new Drawing(points).enter(editor);
  return closeOutline(points, editor, { before, after: () => new Drawing().enter(editor) }, stroke);
}

/** Makes an object of the points. Where they cannot become one they stay in hand, with a word why. */
export function closeOutline(
  points: Points,
  editor: Editor,
  around: Around,
  stroke: FreehandStroke | null = null,
): ToolState {
  if (points.length === 0) return around.after();
  const repair = points.length < 8 ? null : repairOf(points);
  if (repair && repair.outer.length > 0) {
    if (!stroke) return new Mending(points, repair, around).enter(editor);
    // A hand that lets go is asked afterwards: strokes often cross themselves where their ends meet.
    editor.notify("The stroke crossed itself: its outer contour was kept.");
    return editor.addPolygon(points, stroke) ? around.after() : around.before();
  }
  if (points.length < 6 || !isRing(points)) {
    editor.notify(
      "An outline needs at least three points that enclose an area. Go on drawing, or press Escape.",
    );
    return around.before();
  }
  return editor.addPolygon(points, stroke) ? around.after() : around.before();
}

/** Of an outline's size on the screen: as near as this to its first point, a press closes it. */
const NEAR_FIRST = 1 / 3;

/** The pointer is on the first point of an outline that it may close; of a small outline it has to be closer. */
export function isOnFirst(points: Points, input: PointerInput, editor: Editor): boolean {
  if (points.length < 6) return false;
  const { scale } = editor.camera;
  const { minX, minY, maxX, maxY } = boxOfRing(points);
  const size = Math.max(maxX - minX, maxY - minY) * scale;
  const near = Math.max(SAME_PLACE, Math.min(reach(input.kind) + 2, size * NEAR_FIRST));
  const first = { x: points[0] as number, y: points[1] as number };
  return distance(first, input.image) * scale <= near;
}
