import { expect, it } from "vitest";
import { fillTally, makeTally } from "@/review-data/tally";
import { makeColumns } from "@/review-data/testing";
import { firstCell, walkCells } from "./matrixCursor";

const columns = makeColumns(
  [
    {
      labels: [{ class: 0 }, { class: 0 }, { class: 1 }, { class: 1 }],
      predictions: [
        { class: 0, confidence: 0.9, match: 0 },
        { class: 2, confidence: 0.8, match: 1 },
      ],
    },
  ],
  ["duck", "swan", "heron"],
);
/** Rows predicted: duck 1 · · ·, swan · · · ·, heron 1 · · ·, background · 2 · · */
const tally = fillTally(makeTally(columns), columns, 0.1);
const at = (predicted: number, labelled: number) => ({ predicted, labelled });

it.each([
  ["ArrowDown", false, at(1, 0)],
  ["ArrowRight", false, at(0, 1)],
  ["ArrowUp", false, at(0, 0)],
  ["ArrowLeft", false, at(0, 0)],
  ["ArrowDown", true, at(2, 0)],
  ["ArrowRight", true, at(0, 0)],
  ["End", false, at(0, 3)],
  ["x", false, null],
] as const)("%s from the first cell (jump: %s)", (key, jump, to) => {
  expect(walkCells(tally, at(0, 0), key, jump)).toEqual(to);
});

it("stays within the matrix, and goes home", () => {
  expect(walkCells(tally, at(3, 3), "ArrowDown", false)).toEqual(at(3, 3));
  expect(walkCells(tally, at(3, 3), "ArrowLeft", true)).toEqual(at(3, 1));
  expect(walkCells(tally, at(3, 3), "Home", false)).toEqual(at(3, 0));
});

it("begins at the greatest mistake", () => {
  expect(firstCell(tally)).toEqual(at(3, 1));
  expect(firstCell(makeTally(makeColumns([], columns.classNames)))).toEqual(at(0, 0));
});
