import { expect, it } from "vitest";
import { tileAfter } from "./use-tile-focus";

it.each([
  ["ArrowRight", 3, 4],
  ["ArrowLeft", 3, 2],
  ["ArrowDown", 3, 7],
  ["ArrowUp", 5, 1],
  ["Home", 5, 0],
  ["End", 5, 9],
  ["ArrowUp", 2, 2],
  ["ArrowDown", 7, 7],
  ["ArrowRight", 9, 9],
  ["ArrowLeft", 0, 0],
])("%s from tile %i of ten in rows of four leads to %i", (key, from, to) => {
  expect(tileAfter(key, from, 4, 10)).toBe(to);
});

it("leaves other keys alone", () => {
  expect(tileAfter("Enter", 3, 4, 10)).toBeNull();
});
