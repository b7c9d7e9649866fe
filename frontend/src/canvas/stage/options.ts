import { MAX_STROKE_TOLERANCE, STROKE_TOLERANCE } from "../geometry/strokes";
import type { Size } from "../geometry/types";
import type { Options } from "../model/state";
import type { Events } from "./events";

const within = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** How the tools work on this image. */
export class ToolOptions {
  readonly #events: Events;
  readonly #mostRadius: number;
  values: Options;

  constructor(size: Size, events: Events) {
    const side = Math.max(size.width, size.height);
    this.#events = events;
    this.#mostRadius = side / 2;
    this.values = {
      brushRadius: Math.max(2, Math.round(side / 60)),
      strokeTolerance: STROKE_TOLERANCE,
      snaps: false,
      offer: null,
      repair: null,
      hint: "inside",
      modelView: false,
      trainingSize: { imgsz: 640, maskRatio: 4 },
      selectsNew: false,
      byKeys: false,
    };
  }

  set(options: Partial<Options>): void {
    const { brushRadius, strokeTolerance, ...rest } = { ...this.values, ...options };
    this.values = {
      ...rest,
      brushRadius: within(brushRadius, 0.5, this.#mostRadius),
      strokeTolerance: within(strokeTolerance, 0, MAX_STROKE_TOLERANCE),
    };
    this.#events.changed();
  }

  /** What belongs to the work in hand goes with it. Nobody is told: the tool changes as well. */
  putDown(): void {
    this.values = { ...this.values, offer: null, repair: null };
  }
}
