import { expect, it } from "vitest";
import { aloneIn, outlinesOf } from "./compared";

const object = (id: string, x: number) => ({
  id,
  class_id: 1,
  polygons: [[[x, 0, x + 9, 0, x + 9, 9]]],
  occluded: false,
  truncated: false,
  note: "",
});
const detail = {
  first: [object("a", 0), object("b", 50)],
  second: [object("c", 1)],
  matches: [{ first: 0, second: 0, iou: 0.8 }],
};

it("knows what one of the two alone has", () => {
  expect(aloneIn(detail)).toEqual({ first: [1], second: [] });
  expect(aloneIn({ ...detail, matches: [] })).toEqual({ first: [0, 1], second: [0] });
});

it("draws the second dashed, and heavier what has no partner", () => {
  const outlines = outlinesOf(detail);
  expect(outlines.map(({ dash }) => dash !== undefined)).toEqual([false, false, true]);
  expect(outlines.map(({ emphasis }) => emphasis)).toEqual([undefined, "lit", undefined]);
});
