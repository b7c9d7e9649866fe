/** How figures are written, everywhere: three digits, words where there is none, differences that add up. */
import type { FigureReason, MetricSet } from "@/api/types";

export const REASON_WORDS: Record<FigureReason, string> = {
  "": "–",
  nothing_found: "nothing found",
  nothing_to_measure: "nothing to measure",
  not_evaluated: "not evaluated",
};

/** "0.434", or why there is no figure. */
export function figureWords(value: number | null | undefined, reason: FigureReason = ""): string {
  return value == null || Number.isNaN(value) ? REASON_WORDS[reason] : value.toFixed(3);
}

/** A confidence or an IoU: always three digits, so that what is read is what counts. */
export function formatThreshold(value: number): string {
  return value.toFixed(3);
}

/** What was, and what is, as they are shown: the difference of the rounded figures, so that before + change =
 *  after to the last digit on the screen, and changes in a row add up to the change of all. */
export function shownDifference(before: number | null, after: number | null): number | null {
  if (before === null || after === null) return null;
  return (thousandths(after) - thousandths(before)) / 1000;
}

/** Of a figure as `toFixed(3)` writes it. */
const thousandths = (value: number) => Math.round(Number(value.toFixed(3)) * 1000);

/** The head keeps these; precision and recall stand in one block, counted at the slider. */
export const HEADLINE: readonly (readonly [keyof MetricSet, string])[] = [
  ["map50", "mAP50"],
  ["map50_95", "mAP50-95"],
];
