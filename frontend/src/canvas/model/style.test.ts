import { describe, expect, it } from "vitest";
import { OBJECT_PALETTE } from "./style";

/** Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB. */
const VISIONS: Record<string, readonly number[]> = {
  typical: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** CIE L*a*b* of a colour as it is seen. */
function labOf(color: string, vision: readonly number[]): number[] {
  const linear = [1, 3, 5].map((i) => {
    const value = parseInt(color.slice(i, i + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const times = (matrix: readonly number[], by: readonly number[]) =>
    [0, 1, 2].map((row) => by.reduce((sum, value, i) => sum + (matrix[3 * row + i] as number) * value, 0));
  const seen = times(vision, linear).map((value) => Math.max(0, Math.min(1, value)));
  const xyz = times(
    [0.4124564, 0.3575761, 0.1804375, 0.2126729, 0.7151522, 0.072175, 0.0193339, 0.119192, 0.9503041],
    seen,
  );
  const white = [0.95047, 1, 1.08883];
  const [x = 0, y = 0, z = 0] = xyz.map((value, i) => {
    const t = value / (white[i] as number);
    return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe.each(Object.entries(VISIONS))("the colours of objects, for %s", (_, vision) => {
  it("are told apart from each other", () => {
    const labs = OBJECT_PALETTE.map((color) => labOf(color, vision));
    const distances = labs.flatMap((a, i) =>
      labs.slice(i + 1).map((b) => Math.hypot(...a.map((value, k) => value - (b[k] as number)))),
    );
    expect(Math.min(...distances)).toBeGreaterThan(10);
  });
});
