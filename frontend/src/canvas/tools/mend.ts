import type { Work } from "../model/work";
import type { Editor } from "../editor/editor";
import type { Repair } from "../geometry/crossings";
import { clampPoint } from "../geometry/ring";
import { outlineInHand } from "./draw";
import type { PointerInput } from "../model/tools";
import type { ToolState } from "../stage/stage";

/** How an outline crosses itself, and what can be done. */
const REASONS = {
  bowTie:
    "This outline crosses itself like a bow tie, so it encloses separate parts. Keep the parts, take back points, or press Escape.",
  loop: "This outline crosses itself. Keep its outer contour or its parts, take back points, or press Escape.",
} as const;

/** What comes of an outline that is not stored as it is: the tool with it in hand, and the tool with nothing in hand. */
export type Around = { readonly before: () => ToolState; readonly after: () => ToolState };

/** A closed outline crosses itself: it stays in hand until somebody says what it is to become. */
export class Mending implements ToolState {
  readonly cursor = "crosshair";
  readonly #points: readonly number[];
  readonly #repair: Repair;
  readonly #around: Around;

  constructor(points: readonly number[], repair: Repair, around: Around) {
    this.#points = points;
    this.#repair = repair;
    this.#around = around;
  }

  enter(editor: Editor): this {
    editor.setDraft({ points: this.#points, stroke: [] }, editor.undone);
    editor.setRepair(this.#repair);
    editor.setPointer(null, true);
    editor.notify(REASONS[this.#repair.isBowTie ? "bowTie" : "loop"]);
    return this;
  }

  hover(input: PointerInput, editor: Editor): void {
    editor.setPointer(clampPoint(input.image, editor.size), true);
  }

  /** A press goes on with the outline as it was. */
  down(input: PointerInput, editor: Editor): ToolState {
    const before = this.#back(editor);
    return before.down?.(input, editor) ?? before;
  }

  confirm(editor: Editor): ToolState {
    return this.mend("outer", editor);
  }

  mend(way: "outer" | "parts", editor: Editor): ToolState {
    if (!editor.addArea(this.#repair[way])) return this;
    editor.setRepair(null);
    return this.#around.after();
  }

  abandon(editor: Editor): ToolState {
    editor.setRepair(null);
    return this.#around.after();
  }

  stepBack(editor: Editor): ToolState {
    const before = this.#back(editor);
    return before.stepBack?.(editor) ?? before;
  }

  work(editor: Editor): Work | null {
    return outlineInHand("draw", this.#points, editor);
  }

  #back(editor: Editor): ToolState {
    editor.setRepair(null);
    return this.#around.before();
  }
}
