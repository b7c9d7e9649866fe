import type { Hint, Offer, Options, HandEvents } from "../model/state";
import type { Repair } from "../geometry/crossings";
import type { TrainingSize } from "../geometry/training-mask";
import type { Size } from "../geometry/types";
import { Hand } from "./pointing";
import { STROKE_TOLERANCE } from "../geometry/strokes";

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
