import { describe, expect, it } from "vitest";
import type { SplitLine } from "@/api/types";
import { change, missingIn, problemOf } from "./splitShares";

describe("problemOf", () => {
  it.each([
    [{ train: 70, val: 20, test: 10 }, null],
    [{ train: 100, val: 0, test: 0 }, null],
    [{ train: 70, val: 20, test: 20 }, "The shares make 110 %; they have to make 100 %."],
    [{ train: 110, val: -10, test: 0 }, "A share is a whole number of percent."],
  ])("of %j is %j", (ratios, problem) => expect(problemOf(ratios)).toBe(problem));
});

it("tells what changes", () => {
  expect([change(3, 3), change(3, 15), change(15, 3)]).toEqual(["", "+12", "−12"]);
});

it("names the splits with images that lack a class", () => {
  const images = { train: 7, val: 2, test: 0 };
  const line = { images_after: { train: 3, val: 0, test: 0 } } as SplitLine;
  expect(missingIn(line, images)).toEqual(["val"]);
});
