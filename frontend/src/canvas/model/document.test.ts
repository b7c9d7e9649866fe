import { expect, it } from "vitest";
import { type Instance, isRectangle, spelledOut, withoutOutlinedBoxes } from "./document";

const square = [[[0, 0, 8, 0, 8, 6, 0, 6]]];

it.each([
  [square, true],
  [[[[0, 0, 0, 6, 8, 6, 8, 0]]], true],
  [[[[0, 0, 8, 0, 8, 6]]], false],
  [[[[0, 0, 8, 0, 8, 6, 1, 6]]], false],
  [[[[0, 0, 8, 6, 8, 0, 0, 6]]], false],
  [[[[4, 0, 8, 4, 4, 8, 0, 4]]], false],
  [[[[0, 0, 8, 0, 8, 6, 0, 6, 0, 3]]], false],
  [[...square, ...square], false],
  [[], false],
])("%j is a rectangle: %j", (polygons, is) => expect(isRectangle(polygons)).toBe(is));

it("forgets that an object was a box once it is outlined, and nothing else", () => {
  const box: Instance = { id: "a", class_id: 1, polygons: square, is_box: true };
  const outlined: Instance = { ...box, id: "b", polygons: [[[0, 0, 8, 0, 4, 6]]] };
  const document = { instances: [box, outlined] };
  const next = withoutOutlinedBoxes(document);
  expect(next.instances[0]).toBe(box);
  expect(next.instances[1]).toEqual({ ...outlined, is_box: false });
  expect(withoutOutlinedBoxes(next)).toBe(next);
});

it("names every attribute, so that an undo gives them back", () => {
  expect(spelledOut({ id: "a", class_id: 1, polygons: square })).toMatchObject({ is_box: false, note: "" });
});
