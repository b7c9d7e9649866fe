import { expect, it } from "vitest";
import { ringPath, topPoint } from "./geometry";

it("writes a closed, scaled path", () => {
  expect(ringPath([0, 0, 0.5, 0, 0.5, 0.5], 200, 100)).toBe("M0 0L100 0L100 50Z");
});

it("draws nothing for fewer than three points", () => {
  expect(ringPath([1, 2, 3, 4])).toBe("");
});

it("finds the topmost point", () => {
  expect(topPoint([10, 40, 30, 5, 50, 60])).toEqual({ x: 30, y: 5 });
});
