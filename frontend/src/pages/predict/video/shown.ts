/** Which objects of a video are drawn and counted: one confidence for all, others for single classes, classes off. */
import type { FrameInstance } from "./wire";

export type Shown = {
  readonly confidence: number;
  /** By index of the class, where it differs from `confidence`. */
  readonly ofClass: ReadonlyMap<number, number>;
  readonly hidden: ReadonlySet<number>;
};

/** Lowest confidence shown of a class; Infinity where it is off. */
export function floorOf(shown: Shown, classIndex: number): number {
  return shown.hidden.has(classIndex) ? Infinity : (shown.ofClass.get(classIndex) ?? shown.confidence);
}

/** In thousandths, as the server compares: 0.2999 is 299, and 0.3 is 300. */
export function reaches(confidence: number, floor: number): boolean {
  return Math.floor(Math.floor(confidence * 100_000 + 0.5) / 100) >= Math.round(floor * 1000);
}

export function shownInstances(instances: readonly FrameInstance[], shown: Shown): FrameInstance[] {
  return instances.filter(([classIndex, confidence]) => reaches(confidence, floorOf(shown, classIndex)));
}
