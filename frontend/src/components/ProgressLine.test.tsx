import { describe, expect, it } from "vitest";
import { percentDone, progressWords } from "./ProgressLine";

const progress = { done: 0, total: null, unit: "images", message: "", eta_seconds: null };

describe("progressWords", () => {
  it.each([
    [{}, ""],
    [{ done: 1200 }, "1,200 images"],
    [{ done: 34, total: 120 }, "34 of 120 images"],
    [{ done: 34, total: 120, eta_seconds: 20 }, "34 of 120 images · 20 s left"],
    [{ done: 120, total: 120, eta_seconds: 0 }, "120 of 120 images"],
  ])("%j → %s", (change, words) => expect(progressWords({ ...progress, ...change })).toBe(words));
});

it("knows no percentage without a total", () => {
  expect(percentDone({ done: 5, total: null })).toBeNull();
  expect(percentDone({ done: 0, total: 0 })).toBeNull();
  expect(percentDone({ done: 7, total: 5 })).toBe(100);
});
