import type { Editor } from "../editor";
import type { Point } from "../geometry/types";
import type { PointerInput, ToolState } from "./tool";

/** The hand: a drag moves the view. */
export class Panning implements ToolState {
  readonly cursor: string;
  readonly #last: Point | null;

  constructor(last: Point | null = null) {
    this.#last = last;
    this.cursor = last ? "grabbing" : "grab";
  }

  down(input: PointerInput): ToolState {
    return new Panning(input.screen);
  }

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    if (!this.#last) return this;
    editor.pan(input.screen.x - this.#last.x, input.screen.y - this.#last.y);
    return new Panning(input.screen);
  }

  up(): ToolState {
    return new Panning();
  }

  cancelPress(): ToolState {
    return new Panning();
  }
}
