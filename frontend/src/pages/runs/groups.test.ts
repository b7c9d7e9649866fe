import { describe, expect, it } from "vitest";
import type { Run } from "@/api/types";
import { bestOf, gatherGroups, groupPercent, isGroup, nameInGroup, stateCounts } from "./groups";
import { placeWords } from "./queue";

const run = (id: number, group: number | null = null, over: Partial<Run> = {}) =>
  ({
    id,
    group,
    group_name: group === null ? "" : `G${group}`,
    state: "finished",
    epoch: 5,
    epochs: 10,
    ...over,
  }) as Run;

describe("gatherGroups", () => {
  it("gathers a group where its newest run stands, even with others between", () => {
    const entries = gatherGroups([run(9, 1), run(8), run(7, 1), run(6, 2), run(5, 1)]);
    expect(
      entries.map((entry) => (isGroup(entry) ? [entry.name, ...entry.runs.map(({ id }) => id)] : entry.id)),
    ).toEqual([["G1", 5, 7, 9], 8, ["G2", 6]]);
  });

  it("leaves none out, however many", () => {
    const runs = Array.from({ length: 1000 }, (_, i) => run(1000 - i, i % 3 === 0 ? i % 7 : null));
    const flat = gatherGroups(runs).flatMap((entry) => (isGroup(entry) ? entry.runs : [entry]));
    expect(new Set(flat.map(({ id }) => id)).size).toBe(1000);
  });
});

it.each([
  ["Long seed 2", "Long", "seed 2"],
  ["Longer", "Long", "Longer"],
  ["Long", "Long", "Long"],
  ["yolo11n-seg #4", "", "yolo11n-seg #4"],
])("%s in %s is called %s", (name, group_name, called) => {
  expect(nameInGroup({ name, group_name })).toBe(called);
});

it("counts states in words", () => {
  expect(stateCounts([run(1), run(2, null, { state: "running" }), run(3)])).toBe("1 running, 2 finished");
});

it("finds the best and how far a group is", () => {
  const scored = (id: number, map50: number) => run(id, 1, { best: { mask: { map50 } } as Run["best"] });
  expect(bestOf([scored(1, 0.2), scored(2, 0.6), run(3, 1)])?.id).toBe(2);
  expect(bestOf([])).toBeUndefined();
  expect(groupPercent([run(1), run(2, 1, { state: "running" })])).toBe(75);
});

it.each([
  [1, "normal", "1st in the queue."],
  [12, "normal", "12th in the queue."],
  [22, "high", "High priority, 22nd in the queue."],
  [3, "low", "Low priority, 3rd in the queue."],
] as const)("place %s, %s: %s", (position, priority, words) => {
  expect(placeWords({ position, priority })).toBe(words);
});
