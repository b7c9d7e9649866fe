import type { Editor } from "../editor";
import { distance } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { dragDistance, type PointerInput, type ToolState } from "./tool";
import { sliceAlong } from "../operations";

/** The knife: a drag cuts along a straight line, clicks along one with corners that a double click or Enter ends. */
export class Slicing implements ToolState {
  readonly cursor = "crosshair";
  readonly #line: readonly number[];

  constructor(line: readonly number[] = []) {
    this.#line = line;
  }

  hover({ image }: PointerInput, editor: Editor): void {
    editor.setPointer(image);
    if (this.#line.length > 0) editor.setGuide({ kind: "cut", points: [...this.#line, image.x, image.y] });
  }

  down(input: PointerInput): ToolState {
    return new PressedKnife(this.#line, input);
  }

  confirm(editor: Editor): ToolState {
    editor.setGuide(null);
    if (this.#line.length >= 4) sliceAlong(editor, this.#line);
    return new Slicing();
  }

  abandon(editor: Editor): ToolState | null {
    return this.#line.length > 0 ? this.cancelPress(editor) : null;
  }

  stepBack(editor: Editor): ToolState | null {
    if (this.#line.length === 0) return null;
    const line = this.#line.slice(0, -2);
    editor.setGuide(line.length > 0 ? { kind: "cut", points: line } : null);
    return new Slicing(line);
  }

  cancelPress(editor: Editor): ToolState {
    editor.setGuide(null);
    return new Slicing();
  }
}

class PressedKnife implements ToolState {
  readonly cursor = "crosshair";
  readonly #line: readonly number[];
  readonly #start: PointerInput;

  constructor(line: readonly number[], start: PointerInput) {
    this.#line = line;
    this.#start = start;
  }

  #with({ image }: PointerInput): number[] {
    return [...this.#line, this.#start.image.x, this.#start.image.y, image.x, image.y];
  }

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    editor.setGuide({ kind: "cut", points: this.#with(input) });
    return this;
  }

  up(input: PointerInput, editor: Editor): ToolState {
    if (distance(input.screen, this.#start.screen) >= dragDistance(input.kind)) {
      return new Slicing(this.#with(input)).confirm(editor);
    }
    const { x, y } = this.#start.image;
    // The second press of a double click falls on the point that the first has set.
    if (this.#start.isDouble) return new Slicing(this.#line).confirm(editor);
    const line = [...this.#line, x, y];
    editor.setGuide({ kind: "cut", points: line });
    return new Slicing(line);
  }

  cancelPress(editor: Editor): ToolState {
    return new Slicing(this.#line).cancelPress(editor);
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}
