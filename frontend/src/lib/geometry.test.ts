import fc from "fast-check";
import { expect, it } from "vitest";
import { cropAround, ringPath, topPoint } from "./geometry";

it("writes a closed, scaled path", () => {
  expect(ringPath([0, 0, 0.5, 0, 0.5, 0.5], 200, 100)).toBe("M0 0L100 0L100 50Z");
});

it("draws nothing for fewer than three points", () => {
  expect(ringPath([1, 2, 3, 4])).toBe("");
});

it("finds the topmost point", () => {
  expect(topPoint([10, 40, 30, 5, 50, 60])).toEqual({ x: 30, y: 5 });
});

it("a crop holds its object at the ratio asked for, within the picture where it fits", () => {
  const side = fc.integer({ min: 60, max: 4000 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(side, side, share, share, share, share, (width, height, a, b, c, d) => {
      const box = [
        Math.min(a, b) * width,
        Math.min(c, d) * height,
        Math.max(a, b) * width,
        Math.max(c, d) * height,
      ] as const;
      const crop = cropAround(box, { width, height }, 4 / 3);
      expect(crop.width / crop.height).toBeCloseTo(4 / 3, 6);
      expect(crop.x).toBeLessThanOrEqual(box[0] + 1e-6);
      expect(crop.x + crop.width).toBeGreaterThanOrEqual(box[2] - 1e-6);
      expect(crop.y).toBeLessThanOrEqual(box[1] + 1e-6);
      expect(crop.y + crop.height).toBeGreaterThanOrEqual(box[3] - 1e-6);
      if (crop.width <= width) expect(crop.x).toBeGreaterThanOrEqual(0);
    }),
  );
});
