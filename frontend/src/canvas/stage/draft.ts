import type { Draft as Outline } from "../model/overlay";
import type { Work } from "../model/work";
import type { Aiming } from "./aiming";
import type { Events } from "./events";
import type { Outlines } from "./outlines";
import type { Pointing } from "./pointing";
import type { Selection } from "./selection";

type Points = readonly number[];
type Parts = { aiming: Aiming; events: Events; outlines: Outlines; pointing: Pointing; selection: Selection };

const NONE: Points = [];

/** The outline in hand: it stays while other tools are taken up. */
export class Draft {
  readonly #parts: Parts;
  outline: Outline | null = null;
  /** Points of it that were taken back, the one that returns first last. */
  undone = NONE;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get points(): Points {
    return this.outline?.points ?? NONE;
  }

  set(outline: Outline | null, undone = NONE): void {
    const { aiming, events, outlines, pointing, selection } = this.#parts;
    const isNews = this.points.length !== (outline?.points.length ?? 0) || this.undone !== undone;
    this.outline = outline;
    this.undone = undone;
    pointing.closesDraft = false;
    if (outline) outlines.stroke = null;
    // The next object is begun: keys for a class are for it now.
    if (isNews && outline && !aiming.aim) selection.keepTarget();
    events.redraw();
    if (isNews) events.changed();
  }

  /** Nobody is told: other work is taken into the hand. */
  drop(): void {
    this.outline = null;
    this.undone = NONE;
  }

  /** As work that can be put down; null where not even points that were taken back are in hand. */
  work(tool: "draw" | "wire", points = this.points, pieces: readonly number[] = []): Work | null {
    const { undone } = this;
    if (points.length === 0 && undone.length === 0) return null;
    return { kind: "outline", tool, points, undone, pieces, aim: this.#parts.aiming.aim };
  }
}
