import type { Repair } from "./geometry/crossings";
import type { TrainingSize } from "./geometry/training-mask";
import type { Size } from "./geometry/types";
import { Hand, type HandEvents } from "./hand";
import { STROKE_TOLERANCE } from "./strokes";

/** Box → polygon: the outline is being looked for, or shown to be taken. */
export type Offer = "looking" | "offered";

export type Hint = "inside" | "outside";

/** How the tools work. */
export type Options = {
  /** In image pixels. */
  readonly brushRadius: number;
  /** How far, in CSS pixels, the outline of a freehand stroke may lie from the hand. */
  readonly strokeTolerance: number;
  /** Points jump to the borders of other objects. */
  readonly snaps: boolean;
  readonly offer: Offer | null;
  /** What the closed outline in hand can become, since it crosses itself. */
  readonly repair: Repair | null;
  /** What a stroke says of the outline on offer: this too, or not this. */
  readonly hint: Hint;
  /** Objects are shown as the model sees them when it trains on them at `trainingSize`. */
  readonly modelView: boolean;
  readonly trainingSize: TrainingSize;
  /** An object that was just drawn is selected. */
  readonly selectsNew: boolean;
  /** Keys move a cursor over the image. */
  readonly byKeys: boolean;
};

/** A hand with tools that can be set. */
export abstract class HandWithOptions<Events extends HandEvents> extends Hand<Events> {
  protected options: Options;

  constructor(size: Size) {
    super(size);
    const brushRadius = Math.max(2, Math.round(Math.max(size.width, size.height) / 60));
    this.options = {
      brushRadius,
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

  protected abstract changed(): void;

  protected setOptions(options: Partial<Options>): void {
    this.options = { ...this.options, ...options };
    this.changed();
  }

  setBrushRadius(radius: number): void {
    const most = Math.max(this.size.width, this.size.height) / 2;
    this.setOptions({ brushRadius: Math.max(0.5, Math.min(most, radius)) });
  }

  setModelView(modelView: boolean): void {
    this.setOptions({ modelView });
  }

  setTrainingSize(trainingSize: TrainingSize): void {
    this.setOptions({ trainingSize });
  }

  setSelectsNew(selectsNew: boolean): void {
    this.setOptions({ selectsNew });
  }

  setSnaps(snaps: boolean): void {
    this.setOptions({ snaps });
  }

  setByKeys(byKeys: boolean): void {
    this.setOptions({ byKeys });
  }

  setOffer(offer: Offer | null): void {
    this.setOptions({ offer });
  }

  setRepair(repair: Repair | null): void {
    this.setOptions({ repair });
  }

  setHint(hint: Hint): void {
    this.setOptions({ hint });
  }
}
