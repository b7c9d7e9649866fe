/** How the photograph is shown; what is stored stays as it was taken. Factors: 1 leaves it alone. */
export type Adjustments = {
  readonly brightness: number;
  readonly contrast: number;
  readonly inverted: boolean;
};

export const AS_TAKEN: Adjustments = { brightness: 1, contrast: 1, inverted: false };

export function isAsTaken({ brightness, contrast, inverted }: Adjustments): boolean {
  return brightness === 1 && contrast === 1 && !inverted;
}

/** A CSS filter: done by the compositor, so it costs the canvas nothing. */
export function filterOf(adjustments: Adjustments): string {
  if (isAsTaken(adjustments)) return "none";
  const { brightness, contrast, inverted } = adjustments;
  return `brightness(${brightness}) contrast(${contrast})${inverted ? " invert(1)" : ""}`;
}

export const LEAST_ADJUSTMENT = 0.2;
export const MOST_ADJUSTMENT = 3;
const ADJUSTMENT_STEP = 1.15;

/** One step more (1) or less (-1), even to the eye, past 1 never by accident: it stops there. */
export function stepped(
  adjustments: Adjustments,
  name: "brightness" | "contrast",
  direction: 1 | -1,
): Adjustments {
  const now = adjustments[name];
  const next = now * ADJUSTMENT_STEP ** direction;
  const passesOne = (now - 1) * (next - 1) < -1e-9;
  const limited = Math.max(LEAST_ADJUSTMENT, Math.min(MOST_ADJUSTMENT, next));
  return { ...adjustments, [name]: passesOne || Math.abs(limited - 1) < 1e-6 ? 1 : limited };
}
