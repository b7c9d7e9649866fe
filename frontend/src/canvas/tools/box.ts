import type { OutlineRequest } from "../assist/outliner";
import type { Stroke, Work } from "../model/work";
import type { Stage, Lost, ToolState } from "../stage/stage";
import { rectangle } from "../geometry/boolean";
import { boxOfRing, clampPoint, distance, goOn } from "../geometry/ring";
import type { Box, Point, Polygons } from "../geometry/types";
import { dragDistance, type PointerInput } from "../model/tools";

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

  hover(input: PointerInput, stage: Stage): void {
    stage.pointing.setPointer(clampPoint(input.image, stage.size));
  }

  down(input: PointerInput, stage: Stage): ToolState {
    return new DraggingBox(input, stage);
  }
}

class DraggingBox implements ToolState {
  readonly cursor = "crosshair";
  readonly #start: PointerInput;
  readonly #corner: Point;
  #last: PointerInput;

  constructor(start: PointerInput, stage: Stage) {
    this.#start = start;
    this.#last = start;
    this.#corner = clampPoint(start.image, stage.size);
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    this.#last = input;
    const { minX, minY, maxX, maxY } = this.#box(input, stage);
    stage.pointing.setPointer(clampPoint(input.image, stage.size));
    stage.pointing.setGuide({ kind: "marquee", points: rectangle(minX, minY, maxX, maxY) });
    return this;
  }

  up(input: PointerInput, stage: Stage): ToolState {
    this.#last = input;
    const box = this.#drawn(stage);
    return box ? ask({ box, strokes: [], undone: [] }, null, stage) : this.cancelPress(stage);
  }

  /** Null while it is none. */
  #drawn(stage: Stage): Box | null {
    const box = this.#box(this.#last, stage);
    const isDrag = distance(this.#last.screen, this.#start.screen) >= dragDistance(this.#last.kind);
    return isDrag && box.maxX > box.minX && box.maxY > box.minY ? box : null;
  }

  lost(stage: Stage): Lost | null {
    const box = this.#drawn(stage);
    return box && { label: "Abandon box", work: workOf({ box, strokes: [], undone: [] }, null, stage) };
  }

  #box(input: PointerInput, stage: Stage): Box {
    const { x, y } = clampPoint(input.image, stage.size);
    return boxOfRing([this.#corner.x, this.#corner.y, x, y]);
  }

  cancelPress(stage: Stage): ToolState {
    stage.pointing.setGuide(null);
    return new Boxing();
  }
}

/** Asks for the outline; `offered` is what was answered before these hints, and comes back when this comes to nothing. */
function ask(hints: Hints, offered: Offered | null, stage: Stage): ToolState {
  if (!stage.outliner) {
    stage.notify("Outlines cannot be looked for here. Draw this one by hand.");
    return offered ? offered.enter(stage) : leave(stage);
  }
  return new Looking(hints, offered).enter(stage);
}

/** An offer that was given up is made again. */
export function offerAgain(
  { box, strokes, polygons }: Extract<Work, { kind: "offer" }>,
  stage: Stage,
): ToolState {
  const hints = { box, strokes, undone: [] };
  return polygons ? new Offered(hints, polygons).enter(stage) : ask(hints, null, stage);
}

function workOf({ box, strokes }: Hints, polygons: Polygons | null, { aiming: { aim } }: Stage): Work {
  return { kind: "offer", box, strokes, polygons, aim };
}

function leave(stage: Stage): ToolState {
  stage.pointing.setGuide(null);
  stage.options.set({ offer: null });
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

  enter(stage: Stage): this {
    show(this.#hints, this.#offered?.polygons ?? [], stage);
    stage.options.set({ offer: "looking" });
    void this.#look(stage);
    return this;
  }

  async #look(stage: Stage): Promise<void> {
    const { signal } = this.#abort;
    try {
      const polygons = await stage.outliner?.(requestOf(this.#hints, stage), signal);
      this.#then(stage, () =>
        polygons && polygons.length > 0
          ? new Offered(this.#hints, polygons).enter(stage)
          : this.#back(stage, "No outline was found there. Draw a closer box, or draw it by hand."),
      );
    } catch (error) {
      const reason =
        error instanceof Error && error.message ? error.message : "The outline could not be found.";
      this.#then(stage, () => this.#back(stage, reason));
    }
  }

  /** Unless the person has gone on to something else. */
  #then(stage: Stage, next: () => ToolState): void {
    if (stage.tool === this && !this.#abort.signal.aborted) stage.drive(next);
  }

  #back(stage: Stage, reason: string): ToolState {
    stage.notify(reason);
    return this.#offered ? this.#offered.enter(stage) : leave(stage);
  }

  /** Escape, another tool: nobody waits for the answer any more. */
  abandon(stage: Stage): ToolState {
    this.#abort.abort();
    return this.#offered ? this.#offered.enter(stage) : leave(stage);
  }

  leave(): void {
    this.#abort.abort();
  }

  stepBack(stage: Stage): ToolState {
    const work = this.work(stage);
    const before = this.abandon(stage);
    stage.takeBack("Box", work);
    return before;
  }

  work(stage: Stage): Work {
    return workOf(this.#hints, null, stage);
  }
}

function requestOf(hints: Hints, stage: Stage): OutlineRequest {
  const { minX, minY, maxX, maxY } = hints.box;
  const radius = Math.max(0.5, STROKE_RADIUS / stage.viewport.camera.scale);
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

  enter(stage: Stage): this {
    show(this.#hints, this.polygons, stage);
    stage.options.set({ offer: "offered" });
    return this;
  }

  hover(input: PointerInput, stage: Stage): void {
    stage.pointing.setPointer(clampPoint(input.image, stage.size));
  }

  down(input: PointerInput): ToolState {
    return new Hinting(input, this.#hints, this);
  }

  confirm(stage: Stage): ToolState {
    leave(stage);
    // Without a class the outline stays in hand, and with it the draw tool.
    const isDone = stage.outlines.addArea(this.polygons);
    if (isDone || stage.state.tool !== "box") return stage.tool === this ? new Boxing() : stage.tool;
    return this.enter(stage);
  }

  abandon(stage: Stage): ToolState {
    return leave(stage);
  }

  /** The last stroke; without one, the offer. */
  stepBack(stage: Stage): ToolState {
    const { box, strokes, undone } = this.#hints;
    const last = strokes.at(-1);
    if (last) return ask({ box, strokes: strokes.slice(0, -1), undone: [...undone, last] }, this, stage);
    stage.takeBack("Box", this.work(stage));
    return leave(stage);
  }

  stepForward(stage: Stage): ToolState | null {
    const { box, strokes, undone } = this.#hints;
    const next = undone.at(-1);
    return next ? ask({ box, strokes: [...strokes, next], undone: undone.slice(0, -1) }, this, stage) : null;
  }

  work(stage: Stage): Work {
    return workOf(this.#hints, this.polygons, stage);
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

  move(_: PointerInput, path: readonly Point[], stage: Stage): ToolState {
    goOn(this.#line, path, STROKE_STEP / stage.viewport.camera.scale, stage.size);
    show(this.#with(stage), this.#offered.polygons, stage);
    return this;
  }

  #with(stage: Stage): Hints {
    const { box, strokes } = this.#hints;
    const stroke = {
      line: [...this.#line],
      isOutside: this.#start.alt !== (stage.state.hint === "outside"),
      over: this.#offered.polygons,
    };
    return { box, strokes: [...strokes, stroke], undone: [] };
  }

  lost(stage: Stage): Lost | null {
    return this.#line.length < 4
      ? null
      : { label: "Abandon stroke", work: workOf(this.#with(stage), null, stage) };
  }

  up(input: PointerInput, stage: Stage): ToolState {
    const isClick = distance(input.screen, this.#start.screen) < dragDistance(input.kind);
    const { box } = this.#hints;
    const { x, y } = this.#start.image;
    const isBeside = x < box.minX || y < box.minY || x > box.maxX || y > box.maxY;
    if (isClick && isBeside && !this.#start.alt) return this.#offered.confirm(stage);
    return ask(this.#with(stage), this.#offered, stage);
  }

  cancelPress(stage: Stage): ToolState {
    return this.#offered.enter(stage);
  }
}

function show(hints: Hints, polygons: Polygons, stage: Stage): void {
  const radius = STROKE_RADIUS / stage.viewport.camera.scale;
  stage.pointing.setGuide({ kind: "offer", box: hints.box, polygons, ...linesOf(hints), radius });
}
