import { describe, expect, it } from "vitest";
import type { DatasetClass } from "@/api/types";
import type { Instance } from "@/canvas/model/document";
import { areaOf } from "@/canvas/geometry/polygons";
import type { Problems } from "@/canvas/scene/problems";
import { arranged, countProblems, EVERYTHING, type ListFilter, type Sort } from "./object-list";

const object = (id: string, class_id: number, side: number): Instance => ({
  id,
  class_id,
  polygons: [[[0, 0, side, 0, side, side, 0, side]]],
});
const OBJECTS = [object("a", 2, 40), object("b", 1, 200), object("c", 2, 3), object("d", 1, 10)];
const rows = OBJECTS.map((instance, i) => ({ instance, number: i + 1 })).reverse();
const problems: Problems = new Map([
  ["c", ["tiny", "vanishes"]],
  ["b", ["crossing"]],
]);
const classNames = new Map(
  [1, 2].map((id) => [id, { id, index: 10 - id, name: `class ${id}` } as DatasetClass]),
);

function list(sort: Sort, filter: Partial<ListFilter> = {}): string {
  const known = { areaOf: ({ polygons }: Instance) => areaOf(polygons), problems, classNames };
  return arranged(rows, sort, { ...EVERYTHING, ...filter }, known)
    .map(({ instance }) => instance.id)
    .join("");
}

describe("the list of objects", () => {
  it.each<[Sort, string]>([
    ["order", "dcba"],
    ["class", "cadb"],
    ["largest", "badc"],
    ["smallest", "cdab"],
    ["problem", "bcda"],
  ])("sorted by %s", (sort, expected) => {
    expect(list(sort)).toBe(expected);
  });

  it.each<[string, Partial<ListFilter>, string]>([
    ["class", { classId: 2 }, "ca"],
    ["small area", { area: "small" }, "dc"],
    ["medium area", { area: "medium" }, "a"],
    ["large area", { area: "large" }, "b"],
    ["any problem", { problem: "any" }, "cb"],
    ["one problem", { problem: "vanishes" }, "c"],
    ["a problem that none has", { problem: "outside" }, ""],
    ["class and area", { classId: 2, area: "small" }, "c"],
  ])("filtered by %s", (_, filter, expected) => {
    expect(list("order", filter)).toBe(expected);
  });

  it("counts objects by problem", () => {
    expect(countProblems(problems)).toMatchObject({ any: 2, tiny: 1, vanishes: 1, crossing: 1, double: 0 });
  });
});
