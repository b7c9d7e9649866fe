import fc from "fast-check";
import { expect, it } from "vitest";
import { figureWords, formatThreshold, shownDifference } from "./figures";

it.each([
  [0.4344, "", "0.434"],
  [0, "", "0.000"],
  [null, "nothing_found", "nothing found"],
  [null, "nothing_to_measure", "nothing to measure"],
  [null, "not_evaluated", "not evaluated"],
  [undefined, "", "–"],
] as const)("%s with the reason “%s” is %s", (value, reason, words) => {
  expect(figureWords(value, reason)).toBe(words);
});

it("thresholds have three digits", () => {
  expect(formatThreshold(0.37)).toBe("0.370");
});

const figure = fc.double({ min: 0, max: 1, noNaN: true });

it("what was plus the change is what is, as they are shown", () => {
  fc.assert(
    fc.property(figure, figure, figure, (before, between, after) => {
      const labels = shownDifference(before, between) ?? Number.NaN;
      const model = shownDifference(between, after) ?? Number.NaN;
      const total = shownDifference(before, after) ?? Number.NaN;
      expect((Number(before.toFixed(3)) + total).toFixed(3)).toBe(after.toFixed(3));
      expect((labels + model).toFixed(3)).toBe((total + 0).toFixed(3));
    }),
  );
});

it("of nothing there is no difference", () => {
  expect(shownDifference(null, 0.5)).toBeNull();
  expect(shownDifference(0.5, null)).toBeNull();
});
