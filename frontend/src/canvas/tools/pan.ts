import type { Stage, ToolState } from "../stage/stage";
import type { Point } from "../geometry/types";
import type { PointerInput } from "../model/tools";

/** The hand: a drag moves the view. */
export class Panning implements ToolState {
  readonly cursor = "grab";

  down(input: PointerInput): ToolState {
    return new Grabbing(input.screen);
  }
}

class Grabbing implements ToolState {
  readonly cursor = "grabbing";
  readonly #last: Point;

  constructor(last: Point) {
    this.#last = last;
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    stage.viewport.pan(input.screen.x - this.#last.x, input.screen.y - this.#last.y);
    return new Grabbing(input.screen);
  }

  up(): ToolState {
    return new Panning();
  }

  cancelPress(): ToolState {
    return new Panning();
  }
}
