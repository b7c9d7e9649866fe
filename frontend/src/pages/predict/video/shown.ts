/** Which objects of a frame are drawn and counted. */
import { type Cut, thousandthsOf, thresholdOf } from "@/prediction-data/cut";
import type { FrameInstance } from "./wire";

export type Shown = Cut;

/** Lowest confidence shown of a class; Infinity where it is off. */
export function floorOf(shown: Shown, classIndex: number): number {
  return shown.hidden.has(classIndex) ? Infinity : thresholdOf(shown, classIndex) / 1000;
}

export function reaches(shown: Shown, classIndex: number, confidence: number): boolean {
  return thousandthsOf(confidence) >= thresholdOf(shown, classIndex);
}

export function shownInstances(instances: readonly FrameInstance[], shown: Shown): FrameInstance[] {
  return instances.filter(([classIndex, confidence]) => reaches(shown, classIndex, confidence));
}
