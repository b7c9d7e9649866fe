import type { OutlineRequest } from "../assist/outliner";
import type { Stroke, Work } from "../model/work";
import type { Editor } from "../editor/editor";
import { rectangle } from "../geometry/boolean";
import { boxOfRing, clampPoint, distance } from "../geometry/ring";
import type { Box, Point, Polygons } from "../geometry/types";
import { dragDistance, type PointerInput } from "../model/tools";
import type { Lost, ToolState } from "../stage/stage";

/** Half the width of a stroke that says what belongs to the object, in CSS pixels. */
const STROKE_RADIUS = 4;
/** A new point of such a stroke is taken when the hand has moved this far, in CSS pixels. */
const STROKE_STEP = 3;

/** What has been said about the object so far, in order; and what of it was taken back, which returns first last. */
type Hints = { readonly box: Box; readonly strokes: readonly Stroke[]; readonly undone: readonly Stroke[] };

function linesOf({ strokes }: Hints): Pick<OutlineRequest, "inside" | "outside"> {
  return {
    inside: strokes.filter(({ isOutside }) => !isOutside).map(({ line }) => line),
    outside: strokes.filter(({ isOutside }) => isOutside).map(({ line }) => line),
  };
}

/** Box → polygon: a box is dragged, and somebody who can finds the outline of what lies in it. */
export class Boxing implements ToolState {
  readonly cursor = "crosshair";

  hover(input: PointerInput, editor: Editor): void {
    editor.setPointer(clampPoint(input.image, editor.size));
  }

  down(input: PointerInput, editor: Editor): ToolState {
    return new DraggingBox(input, editor);
  }
}

class DraggingBox implements ToolState {
  readonly cursor = "crosshair";
  readonly #start: PointerInput;
  readonly #corner: Point;
  #last: PointerInput;

  constructor(start: PointerInput, editor: Editor) {
    this.#start = start;
    this.#last = start;
    this.#corner = clampPoint(start.image, editor.size);
  }

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    this.#last = input;
    const { minX, minY, maxX, maxY } = this.#box(input, editor);
    editor.setPointer(clampPoint(input.image, editor.size));
    editor.setGuide({ kind: "marquee", points: rectangle(minX, minY, maxX, maxY) });
    return this;
  }

  up(input: PointerInput, editor: Editor): ToolState {
    this.#last = input;
    const box = this.#drawn(editor);
    return box ? ask({ box, strokes: [], undone: [] }, null, editor) : this.cancelPress(editor);
  }

  /** Null while it is none. */
  #drawn(editor: Editor): Box | null {
    const box = this.#box(this.#last, editor);
    const isDrag = distance(this.#last.screen, this.#start.screen) >= dragDistance(this.#last.kind);
    return isDrag && box.maxX > box.minX && box.maxY > box.minY ? box : null;
  }

  lost(editor: Editor): Lost | null {
    const box = this.#drawn(editor);
    return box && { label: "Abandon box", work: workOf({ box, strokes: [], undone: [] }, null, editor) };
  }

  #box(input: PointerInput, editor: Editor): Box {
    const { x, y } = clampPoint(input.image, editor.size);
    return boxOfRing([this.#corner.x, this.#corner.y, x, y]);
  }

  cancelPress(editor: Editor): ToolState {
    editor.setGuide(null);
    return new Boxing();
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}

/** Asks for the outline; `offered` is what was answered before these hints, and comes back when this comes to nothing. */
function ask(hints: Hints, offered: Offered | null, editor: Editor): ToolState {
  if (!editor.outliner) {
    editor.notify("Outlines cannot be looked for here. Draw this one by hand.");
    return offered ? offered.enter(editor) : leave(editor);
  }
  return new Looking(hints, offered).enter(editor);
}

/** An offer that was given up is made again. */
export function offerAgain(
  { box, strokes, polygons }: Extract<Work, { kind: "offer" }>,
  editor: Editor,
): ToolState {
  const hints = { box, strokes, undone: [] };
  return polygons ? new Offered(hints, polygons).enter(editor) : ask(hints, null, editor);
}

function workOf({ box, strokes }: Hints, polygons: Polygons | null, { aim }: Editor): Work {
  return { kind: "offer", box, strokes, polygons, aim };
}

function leave(editor: Editor): ToolState {
  editor.setGuide(null);
  editor.setOffer(null);
  return new Boxing();
}

/** The question is on its way. */
class Looking implements ToolState {
  readonly cursor = "progress";
  readonly #hints: Hints;
  readonly #offered: Offered | null;
  readonly #abort = new AbortController();

  constructor(hints: Hints, offered: Offered | null) {
    this.#hints = hints;
    this.#offered = offered;
  }

  enter(editor: Editor): this {
    show(this.#hints, this.#offered?.polygons ?? [], editor);
    editor.setOffer("looking");
    void this.#look(editor);
    return this;
  }

  async #look(editor: Editor): Promise<void> {
    const { signal } = this.#abort;
    try {
      const polygons = await editor.outliner?.(requestOf(this.#hints, editor), signal);
      this.#then(editor, () =>
        polygons && polygons.length > 0
          ? new Offered(this.#hints, polygons).enter(editor)
          : this.#back(editor, "No outline was found there. Draw a closer box, or draw it by hand."),
      );
    } catch (error) {
      const reason =
        error instanceof Error && error.message ? error.message : "The outline could not be found.";
      this.#then(editor, () => this.#back(editor, reason));
    }
  }

  /** Unless the person has gone on to something else. */
  #then(editor: Editor, next: () => ToolState): void {
    if (editor.tool === this && !this.#abort.signal.aborted) editor.drive(next);
  }

  #back(editor: Editor, reason: string): ToolState {
    editor.notify(reason);
    return this.#offered ? this.#offered.enter(editor) : leave(editor);
  }

  /** Escape, another tool: nobody waits for the answer any more. */
  abandon(editor: Editor): ToolState {
    this.#abort.abort();
    return this.#offered ? this.#offered.enter(editor) : leave(editor);
  }

  leave(): void {
    this.#abort.abort();
  }

  stepBack(editor: Editor): ToolState {
    const work = this.work(editor);
    const before = this.abandon(editor);
    editor.takeBack("Box", work);
    return before;
  }

  work(editor: Editor): Work {
    return workOf(this.#hints, null, editor);
  }
}

function requestOf(hints: Hints, editor: Editor): OutlineRequest {
  const { minX, minY, maxX, maxY } = hints.box;
  const radius = Math.max(0.5, STROKE_RADIUS / editor.camera.scale);
  const order = hints.strokes.map(({ isOutside }) => (isOutside ? "outside" : "inside"));
  const shown = hints.strokes.at(-1)?.over ?? [];
  return { box: [minX, minY, maxX, maxY], ...linesOf(hints), order, shown, radius };
}

/** An outline is shown. Enter or a click outside takes it; strokes say what else belongs to it, and what does not. */
class Offered implements ToolState {
  readonly cursor = "crosshair";
  readonly takesRightButton = true;
  readonly polygons: Polygons;
  readonly #hints: Hints;

  constructor(hints: Hints, polygons: Polygons) {
    this.#hints = hints;
    this.polygons = polygons;
  }

  enter(editor: Editor): this {
    show(this.#hints, this.polygons, editor);
    editor.setOffer("offered");
    return this;
  }

  hover(input: PointerInput, editor: Editor): void {
    editor.setPointer(clampPoint(input.image, editor.size));
  }

  down(input: PointerInput): ToolState {
    return new Hinting(input, this.#hints, this);
  }

  confirm(editor: Editor): ToolState {
    leave(editor);
    // Without a class the outline stays in hand, and with it the draw tool.
    const isDone = editor.addArea(this.polygons);
    if (isDone || editor.state.tool !== "box") return editor.tool === this ? new Boxing() : editor.tool;
    return this.enter(editor);
  }

  abandon(editor: Editor): ToolState {
    return leave(editor);
  }

  /** The last stroke; without one, the offer. */
  stepBack(editor: Editor): ToolState {
    const { box, strokes, undone } = this.#hints;
    const last = strokes.at(-1);
    if (last) return ask({ box, strokes: strokes.slice(0, -1), undone: [...undone, last] }, this, editor);
    editor.takeBack("Box", this.work(editor));
    return leave(editor);
  }

  stepForward(editor: Editor): ToolState | null {
    const { box, strokes, undone } = this.#hints;
    const next = undone.at(-1);
    return next ? ask({ box, strokes: [...strokes, next], undone: undone.slice(0, -1) }, this, editor) : null;
  }

  work(editor: Editor): Work {
    return workOf(this.#hints, this.polygons, editor);
  }
}

/** A stroke through the object, or through what is none of it. */
class Hinting implements ToolState {
  readonly cursor = "crosshair";
  readonly takesRightButton = true;
  readonly #start: PointerInput;
  readonly #hints: Hints;
  readonly #offered: Offered;
  readonly #line: number[];

  constructor(start: PointerInput, hints: Hints, offered: Offered) {
    this.#start = start;
    this.#hints = hints;
    this.#offered = offered;
    this.#line = [start.image.x, start.image.y];
  }

  move(_: PointerInput, path: readonly Point[], editor: Editor): ToolState {
    const step = STROKE_STEP / editor.camera.scale;
    for (const each of path) {
      const { x, y } = clampPoint(each, editor.size);
      const dx = x - (this.#line.at(-2) as number);
      const dy = y - (this.#line.at(-1) as number);
      if (Math.hypot(dx, dy) >= step) this.#line.push(x, y);
    }
    show(this.#with(editor), this.#offered.polygons, editor);
    return this;
  }

  #with(editor: Editor): Hints {
    const { box, strokes } = this.#hints;
    const stroke = {
      line: [...this.#line],
      isOutside: this.#start.alt !== (editor.state.hint === "outside"),
      over: this.#offered.polygons,
    };
    return { box, strokes: [...strokes, stroke], undone: [] };
  }

  lost(editor: Editor): Lost | null {
    return this.#line.length < 4
      ? null
      : { label: "Abandon stroke", work: workOf(this.#with(editor), null, editor) };
  }

  up(input: PointerInput, editor: Editor): ToolState {
    const isClick = distance(input.screen, this.#start.screen) < dragDistance(input.kind);
    const { box } = this.#hints;
    const { x, y } = this.#start.image;
    const isBeside = x < box.minX || y < box.minY || x > box.maxX || y > box.maxY;
    if (isClick && isBeside && !this.#start.alt) return this.#offered.confirm(editor);
    return ask(this.#with(editor), this.#offered, editor);
  }

  cancelPress(editor: Editor): ToolState {
    return this.#offered.enter(editor);
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}

function show(hints: Hints, polygons: Polygons, editor: Editor): void {
  const radius = STROKE_RADIUS / editor.camera.scale;
  editor.setGuide({ kind: "offer", box: hints.box, polygons, ...linesOf(hints), radius });
}
