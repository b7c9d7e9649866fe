/** From which confidence on an object counts: one slider for all classes, one a class, switches. The twin of
 *  training/predictions/results/cut.py: both compare thousandths. */
export type Cut = {
  /** Of all classes without one of their own. */
  readonly confidence: number;
  readonly ofClass: ReadonlyMap<number, number>;
  readonly hidden: ReadonlySet<number>;
};

/** Below this nothing was stored. */
export const FLOOR = 0.05;
/** The threshold of a class that is switched off. */
export const HIDDEN = 1001;

/** A confidence as it is compared; stored ones have five digits. */
export const thousandthsOf = (confidence: number): number =>
  Math.floor(Math.floor(confidence * 100_000 + 0.5) / 100);

export function thresholdOf(cut: Cut, classIndex: number): number {
  if (cut.hidden.has(classIndex)) return HIDDEN;
  return Math.round(Math.max(cut.ofClass.get(classIndex) ?? cut.confidence, FLOOR) * 1000);
}

/** One a class. */
export function thresholdsOf(cut: Cut, classCount: number): Uint16Array {
  return Uint16Array.from({ length: classCount }, (_, index) => thresholdOf(cut, index));
}

export const keeps = (cut: Cut, instance: { class_index: number; confidence: number }): boolean =>
  thousandthsOf(instance.confidence) >= thresholdOf(cut, instance.class_index);

export type CutParams = { confidence: number; confidences?: string; classes?: string };

/** The cut as every request for a file or a count names it. */
export function cutParams(cut: Cut, classCount: number): CutParams {
  const params: CutParams = { confidence: Math.max(FLOOR, Number(cut.confidence.toFixed(3))) };
  if (cut.ofClass.size > 0)
    params.confidences = [...cut.ofClass].map(([index, value]) => `${index}:${value.toFixed(3)}`).join(",");
  if (cut.hidden.size > 0)
    params.classes = Array.from({ length: classCount }, (_, index) => index)
      .filter((index) => !cut.hidden.has(index))
      .join(",");
  return params;
}

export function queryOf(params: CutParams & Record<string, string | number | boolean>): string {
  return new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)])).toString();
}
