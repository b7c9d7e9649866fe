import type { Work } from "../model/work";
import type { Stage, ToolState } from "../stage/stage";
import type { Repair } from "../geometry/crossings";
import { clampPoint } from "../geometry/ring";
import type { PointerInput } from "../model/tools";

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

  enter(stage: Stage): this {
    stage.draft.set({ points: this.#points, stroke: [] }, stage.draft.undone);
    stage.options.set({ repair: this.#repair });
    stage.pointing.setPointer(null, true);
    stage.notify(REASONS[this.#repair.isBowTie ? "bowTie" : "loop"]);
    return this;
  }

  hover(input: PointerInput, stage: Stage): void {
    stage.pointing.setPointer(clampPoint(input.image, stage.size), true);
  }

  /** A press goes on with the outline as it was. */
  down(input: PointerInput, stage: Stage): ToolState {
    const before = this.#back(stage);
    return before.down?.(input, stage) ?? before;
  }

  confirm(stage: Stage): ToolState {
    return this.mend("outer", stage);
  }

  mend(way: "outer" | "parts", stage: Stage): ToolState {
    if (!stage.outlines.addArea(this.#repair[way])) return this;
    stage.options.set({ repair: null });
    return this.#around.after();
  }

  abandon(stage: Stage): ToolState {
    stage.options.set({ repair: null });
    return this.#around.after();
  }

  stepBack(stage: Stage): ToolState {
    const before = this.#back(stage);
    return before.stepBack?.(stage) ?? before;
  }

  work(stage: Stage): Work | null {
    return stage.draft.work("draw", this.#points);
  }

  #back(stage: Stage): ToolState {
    stage.options.set({ repair: null });
    return this.#around.before();
  }
}
