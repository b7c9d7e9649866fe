import type { Work } from "../model/work";
import type { Stage, Lost, ToolState } from "../stage/stage";
import { distance } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { dragDistance, type PointerInput } from "../model/tools";
import { sliceAlong } from "../operations/drawing";

type Points = readonly number[];

/** The knife: a drag cuts along a straight line, clicks along one with corners that a double click or Enter ends. */
export class Slicing implements ToolState {
  readonly cursor = "crosshair";
  readonly #line: Points;
  /** Points that were taken back, the one that returns first last. */
  readonly #undone: Points;
  /** The line has divided nothing: the next drag is another line. */
  readonly #isRefused: boolean;

  constructor(line: Points = [], undone: Points = [], isRefused = false) {
    this.#line = line;
    this.#undone = undone;
    this.#isRefused = isRefused;
  }

  enter(stage: Stage): this {
    stage.pointing.setGuide(this.#line.length > 0 ? { kind: "cut", points: this.#line } : null);
    return this;
  }

  hover({ image }: PointerInput, stage: Stage): void {
    stage.pointing.setPointer(image);
    if (this.#line.length > 0)
      stage.pointing.setGuide({ kind: "cut", points: [...this.#line, image.x, image.y] });
  }

  down(input: PointerInput): ToolState {
    return new PressedKnife(this, this.#line, input, this.#isRefused);
  }

  confirm(stage: Stage): ToolState {
    if (this.#line.length < 4) return this;
    // What divides nothing stays in hand; the stage has said why.
    if (!sliceAlong(stage, this.#line)) return new Slicing(this.#line, [], true).enter(stage);
    return new Slicing().enter(stage);
  }

  abandon(stage: Stage): ToolState | null {
    return this.#line.length > 0 ? new Slicing().enter(stage) : null;
  }

  stepBack(stage: Stage): ToolState | null {
    if (this.#line.length === 0) return null;
    const undone = [...this.#undone, ...this.#line.slice(-2)];
    return new Slicing(this.#line.slice(0, -2), undone).enter(stage);
  }

  stepForward(stage: Stage): ToolState | null {
    if (this.#undone.length === 0) return null;
    const line = [...this.#line, ...this.#undone.slice(-2)];
    return new Slicing(line, this.#undone.slice(0, -2)).enter(stage);
  }

  cancelPress(stage: Stage): ToolState {
    return this.enter(stage);
  }

  work(): Work | null {
    if (this.#line.length === 0 && this.#undone.length === 0) return null;
    return { kind: "line", points: this.#line, undone: this.#undone, aim: null };
  }
}

class PressedKnife implements ToolState {
  readonly cursor = "crosshair";
  /** What was before the press. */
  readonly #before: Slicing;
  readonly #line: Points;
  readonly #start: PointerInput;
  readonly #beginsAnew: boolean;
  #last: PointerInput;

  constructor(before: Slicing, line: Points, start: PointerInput, beginsAnew: boolean) {
    this.#before = before;
    this.#line = line;
    this.#start = start;
    this.#beginsAnew = beginsAnew;
    this.#last = start;
  }

  get #points(): number[] {
    const { image } = this.#last;
    const line = this.#beginsAnew && this.#isDrag ? [] : this.#line;
    return [...line, this.#start.image.x, this.#start.image.y, image.x, image.y];
  }

  get #isDrag(): boolean {
    return distance(this.#last.screen, this.#start.screen) >= dragDistance(this.#last.kind);
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    this.#last = input;
    stage.pointing.setGuide({ kind: "cut", points: this.#points });
    return this;
  }

  up(input: PointerInput, stage: Stage): ToolState {
    this.#last = input;
    if (this.#isDrag) {
      if (this.#beginsAnew) stage.giveUp("Abandon line", this.#before.work());
      return new Slicing(this.#points).confirm(stage);
    }
    const { x, y } = this.#start.image;
    // The second press of a double click falls on the point that the first has set.
    if (this.#start.isDouble) return new Slicing(this.#line).confirm(stage);
    return new Slicing([...this.#line, x, y]).enter(stage);
  }

  cancelPress(stage: Stage): ToolState {
    return this.#before.cancelPress(stage);
  }

  lost(): Lost | null {
    if (!this.#isDrag) return null;
    const work: Work = { kind: "line", points: this.#points, undone: [], aim: null };
    return { label: "Abandon line", work };
  }
}
