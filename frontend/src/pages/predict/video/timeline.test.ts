import { describe, expect, it } from "vitest";
import type { Shown } from "./shown";
import { binAt, countsOf, layersOf, niceTop, readTimeline } from "./timeline";

const TIMELINE = readTimeline({
  floors: [0.05, 0.25, 0.5, 0.75],
  times_ms: [0, 400, 600],
  frames: [10, 5],
  first_positions: [0, 10],
  classes: [
    {
      class_index: 0,
      counts: [
        [40, 0],
        [30, 0],
        [20, 0],
        [10, 0],
      ],
    },
    {
      class_index: 2,
      counts: [
        [5, 50],
        [5, 50],
        [5, 50],
        [0, 50],
      ],
    },
  ],
});
const shown = (change: Partial<Shown> = {}): Shown => ({
  confidence: 0.25,
  ofClass: new Map(),
  hidden: new Set(),
  ...change,
});

describe("the timeline", () => {
  it("counts objects a frame by class, the most frequent lowest", () => {
    expect(layersOf(TIMELINE, shown())).toEqual({
      classes: [2, 0],
      values: [
        [0.5, 3],
        [10, 0],
      ],
      highest: 10,
    });
  });

  it.each([
    ["one confidence for all", shown({ confidence: 0.75 }), [2, 0], [0, 1]],
    ["one of a class", shown({ ofClass: new Map([[0, 0.5]]) }), [2, 0], [0.5, 2]],
    ["a class off", shown({ hidden: new Set([2]) }), [0], [3]],
    ["all off", shown({ hidden: new Set([0, 2]) }), [], []],
  ])("follows %s without another request", (_, cut, classes, first) => {
    const layers = layersOf(TIMELINE, cut);
    expect(layers.classes).toEqual(classes);
    expect(layers.values[0]).toEqual(first);
  });

  it("takes the nearest confidence that was counted", () => {
    const at = (confidence: number) => countsOf(TIMELINE, 0, confidence)[0];
    expect([0.05, 0.1, 0.3, 0.49, 0.9].map(at)).toEqual([40, 40, 30, 20, 10]);
    expect(at(Infinity)).toBeUndefined();
    expect(countsOf(TIMELINE, 7, 0.5)).toEqual([]);
  });

  it("knows the bin of a time", () => {
    expect([-1, 0, 399, 400, 9999].map((ms) => binAt(TIMELINE.bins, ms))).toEqual([-1, 0, 0, 1, 1]);
  });

  it.each([
    [0, 1],
    [0.4, 1],
    [1.2, 2],
    [4, 5],
    [5, 5],
    [6, 10],
    [10, 10],
    [101, 200],
  ])("has room for %s up to %s", (highest, top) => expect(niceTop(highest)).toBe(top));
});

it("leaves out bins without a frame", () => {
  const { bins, counts } = readTimeline({
    floors: [0.05],
    times_ms: [0, 10, 20, 30],
    frames: [1, 0, 1],
    first_positions: [0, 1, 1],
    classes: [{ class_index: 4, counts: [[3, 0, 2]] }],
  });
  expect(bins.map(({ time_ms: ms, position }) => [ms, position])).toEqual([
    [0, 0],
    [20, 1],
  ]);
  expect(counts.get(4)).toEqual([[3, 2]]);
});
