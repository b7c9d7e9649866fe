import { expect, it } from "vitest";
import { iouOf } from "./boolean";
import cases from "./overlap.cases.json";

/** The server's twin, annotator/labels/polygons/overlap.py, is held to the same figures. */
it.each(cases)("overlap of $name", ({ a, b, iou }) => {
  expect(iouOf(a, b)).toBeCloseTo(iou, 6);
  expect(iouOf(b, a)).toBeCloseTo(iou, 6);
});
