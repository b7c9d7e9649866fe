import { describe, expect, it } from "vitest";
import { changeWords, reasonWords } from "./recipe";

describe("reasonWords", () => {
  it.each([
    [{}, ""],
    [{ border: 9, covered: 4 }, "9 touch the border, 4 may be covered"],
    [{ border: 1, box: 1200, unknown: 3 }, "1 touches the border, 1,200 are boxes without an outline"],
  ])("%j", (reasons: Record<string, number>, words) => {
    expect(reasonWords(reasons)).toBe(words);
  });
});

describe("changeWords", () => {
  it.each([
    [{ difference: 0.031, low: -0.004, high: 0.066 }, "+0.031 (−0.004 to +0.066)"],
    [{ difference: -0.2, low: null, high: null }, "−0.200"],
    [{ difference: -0.0001, low: 0, high: 0 }, "0.000 (0.000 to 0.000)"],
  ])("%j", (figure, words) => {
    expect(changeWords(figure)).toBe(words);
  });
});
