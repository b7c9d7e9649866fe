import { describe, expect, it } from "vitest";
import type { Curves, CurveSet } from "@/api/types";
import { chartColors } from "@/components/chart/style";
import { colorsOf, curveOption, drawsClasses, markOf } from "./curveCharts";

const confidence = [0, 0.25, 0.5, 0.75, 1];
const curve = (...mean: number[]) => ({ mean, per_class: [mean], all_objects: [] });
/** Precision falls for a while when the threshold rises, so the envelope lies above. */
const set: CurveSet = {
  precision: curve(0.4, 0.7, 0.6, 0.9, 1),
  recall: curve(0.9, 0.8, 0.5, 0.3, 0),
  f1: curve(0.55, 0.75, 0.55, 0.45, 0),
  pr: curve(1, 0.9, 0.7, 0.7, 0),
};
const curves = { class_indices: [0], class_names: ["duck"], confidence, recall: confidence } as Curves;

type Point = [number, number];
type Series = { name: string; data: Point[] };

const seriesOf = (kind: "pr" | "f1") =>
  curveOption(chartColors("light"), curves, set, kind, { classColors: ["red"], hidden: new Set(), best: 0.4 })
    .series as Series[];

function liesOn([x, y]: Point, line: readonly Point[]): boolean {
  return line.slice(1).some(([x1, y1], i) => {
    const [x0, y0] = line[i] as Point;
    const inside = Math.min(x0, x1) - 1e-9 <= x && x <= Math.max(x0, x1) + 1e-9;
    const across = (x - x0) * (y1 - y0) - (y - y0) * (x1 - x0);
    return inside && Math.abs(across) < 1e-9;
  });
}

describe("the mark of a confidence", () => {
  it.each([0, 0.1, 0.4, 0.5, 0.62, 0.99])("lies on a line of precision over recall at %s", (at) => {
    const mark = markOf(curves, set, "pr", at);
    const lines = seriesOf("pr");
    expect(liesOn(mark, lines.find(({ name }) => name === "by confidence")?.data ?? [])).toBe(true);
  });

  it("lies on F1 over confidence, which needs no second line", () => {
    const lines = seriesOf("f1");
    expect(lines.map(({ name }) => name)).toEqual(["F1", "best F1"]);
    expect(liesOn(markOf(curves, set, "f1", 0.4), lines[0]?.data ?? [])).toBe(true);
  });
});

describe("the lines of classes", () => {
  const line = [1, 0.9, 0.7, 0.7, 0];
  const two = { ...curves, class_indices: [2, 0], class_names: ["coot", "duck"] };
  const pair = { mean: line, per_class: [line, line] };
  const option = (hidden: number[]) =>
    curveOption(chartColors("light"), two, { ...set, pr: pair }, "pr", {
      classColors: ["blue", "red"],
      hidden: new Set(hidden),
      best: 0.4,
    });
  const names = (hidden: number[]) => (option(hidden).series as Series[]).map(({ name }) => name);

  it("are hidden one by one; their key is not the legend's", () => {
    expect(names([])).toEqual(["coot", "duck", "all classes", "by confidence", "best F1"]);
    expect(names([0])).toEqual(["duck", "all classes", "by confidence", "best F1"]);
    expect(JSON.stringify(option([]).legend)).not.toContain("duck");
  });

  it("have the colours of their classes, of which some may have no label in the split", () => {
    const known = ["red", "green", "blue"].map((color, class_index) => ({ class_index, color }));
    expect(colorsOf(two, known)).toEqual(["blue", "red"]);
  });

  it("are drawn for more than one class, and not for more than colours can tell apart", () => {
    const many = (length: number) => drawsClasses({ class_names: Array.from({ length }, String) } as Curves);
    expect([many(1), many(2), many(12), many(13)]).toEqual([false, true, true, false]);
  });
});
