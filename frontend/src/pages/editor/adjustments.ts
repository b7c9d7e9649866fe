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
