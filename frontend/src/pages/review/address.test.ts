import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readParams } from "@/lib/urlState";
import { ANY } from "@/review-data/select";
import { band, cell, maybeShare, objectsAddress, POSITION, SELECTION, selectionOf } from "./address";

const AT = { evaluation: 7, basis: "mask", iou: 0.5, confidence: 0.314 } as const;

it("a number leads to its objects, at the same position of the slider", () => {
  const address = objectsAddress(4, AT, { cell: [2, 0] });
  expect(address).toBe("/runs/4/predictions?evaluation=7&confidence=0.314&view=objects&cell=2-0");
  const params = new URLSearchParams(address.split("?")[1]);
  expect(readParams(POSITION, params)).toEqual(AT);
  expect(selectionOf(readParams(SELECTION, params))).toMatchObject({ cell: [2, 0], outcome: "all" });
});

it.each([[ANY, 2] as const, [0, ANY] as const])("a row or column of the matrix survives: %j", (...pair) => {
  expect(cell.parse(cell.format(pair))).toEqual(pair);
});

it("a confidence keeps the digits that its objects depend on", () => {
  expect(maybeShare.parse(maybeShare.format(0.123123))).toBe(0.123123);
});

describe("what is no such value is none", () => {
  it.each(["", "x", "-0.1", "1.2", null])("confidence %j", (raw) => {
    expect(maybeShare.parse(raw)).toBeNull();
  });
  it.each(["", "0.7-0.5", "0.5", "0.5-2", "a-b", null])("band %j", (raw) => {
    expect(band.parse(raw)).toBeNull();
  });
  it.each(["", "1", "1-", "-1-2", "1-2-3", null])("cell %j", (raw) => {
    expect(cell.parse(raw)).toBeNull();
  });
});

it("bands survive the address", () => {
  const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
  fc.assert(
    fc.property(share, share, (a, b) => {
      const pair = [Math.min(a, b), Math.max(a, b)] as const;
      expect(band.parse(band.format(pair))).toEqual(pair);
    }),
  );
});
