import { describe, expect, it } from "vitest";
import { curvePoints, valueAt } from "./curves";

describe("valueAt", () => {
  it("runs straight between samples and level beyond the ends", () => {
    const [xs, ys] = [
      [0, 0.5, 1],
      [1, 0.8, 0],
    ];
    expect(valueAt(xs, ys, 0.25)).toBeCloseTo(0.9);
    expect(valueAt(xs, ys, 0.5)).toBe(0.8);
    expect(valueAt(xs, ys, -1)).toBe(1);
    expect(valueAt(xs, ys, 2)).toBe(0);
  });

  it("knows nothing of an empty curve", () => {
    expect(valueAt([], [], 0.5)).toBeNaN();
  });
});

it("thins a long curve and keeps both ends", () => {
  const xs = Array.from({ length: 1000 }, (_, i) => i / 999);
  const points = curvePoints(xs, xs, 100);
  expect(points.length).toBeLessThanOrEqual(102);
  expect(points[0]).toEqual([0, 0]);
  expect(points.at(-1)).toEqual([1, 1]);
});
