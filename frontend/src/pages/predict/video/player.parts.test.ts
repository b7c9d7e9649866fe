import { beforeEach, describe, expect, it } from "vitest";
import { KEYS, printedKeys } from "./keys";
import type { VideoTrack } from "@/api/types";
import { laneSpan, listedTracks } from "./lanes";
import { markBeside, readMarks, toggleMark, writeMarks } from "./marks";
import { colorOf, instanceAt, wordsOf } from "./paint";
import { reaches, type Shown, shownInstances } from "./shown";
import { following, isWhole, moved, SHORTEST_MS, wholeOf, zoomed } from "./stretch";
import { tickStep, tickWords } from "./timelinePaint";
import type { FrameInstance } from "./wire";

const shown = (change: Partial<Shown> = {}): Shown => ({
  confidence: 0.25,
  ofClass: new Map(),
  hidden: new Set(),
  ...change,
});

describe("what is shown", () => {
  it("compares as the server does, in thousandths", () => {
    expect(reaches(shown({ confidence: 0.3 }), 0, 0.3)).toBe(true);
    expect(reaches(shown({ confidence: 0.3 }), 0, 0.29999999)).toBe(true);
    expect(reaches(shown({ confidence: 0.3 }), 0, 0.2999)).toBe(false);
    expect(reaches(shown({ hidden: new Set([0]) }), 0, 1)).toBe(false);
  });

  it("goes by the class's own confidence, and leaves out what is off", () => {
    const objects: FrameInstance[] = [
      [0, 0.3, null, []],
      [1, 0.3, null, []],
      [2, 0.9, null, []],
    ];
    const cut = shown({ ofClass: new Map([[1, 0.5]]), hidden: new Set([2]) });
    expect(shownInstances(objects, cut).map(([index]) => index)).toEqual([0]);
  });
});

const track = (change: Partial<VideoTrack>): VideoTrack => ({
  track: 1,
  class_index: 0,
  from_ms: 0,
  to_ms: 100,
  from_position: 0,
  to_position: 2,
  frames: 3,
  best_position: 1,
  best_confidence: 0.9,
  ...change,
});

describe("tracks", () => {
  const tracks = [
    track({ track: 3, from_ms: 500, to_ms: 900 }),
    track({ track: 2, from_ms: 0, to_ms: 2000, class_index: 1 }),
    track({ track: 1, from_ms: 0, to_ms: 100, best_confidence: 0.2 }),
    track({ track: 4, from_ms: 5000, to_ms: 6000 }),
  ];
  const listed = (cut: Shown, fromMs = 0, toMs = 4000) =>
    listedTracks(tracks, cut, { fromMs, toMs }).map((each) => each.track);

  it("lists those of the stretch that are shown, by their start", () => {
    expect(listed(shown())).toEqual([2, 3]);
    expect(listed(shown({ confidence: 0.1 }))).toEqual([1, 2, 3]);
    expect(listed(shown({ hidden: new Set([1]) }))).toEqual([3]);
    expect(listed(shown(), 1000, 9000)).toEqual([2, 4]);
  });

  it("lie where the stretch has them, cut at its ends", () => {
    expect(laneSpan(track({ from_ms: 1000, to_ms: 2000 }), { fromMs: 0, toMs: 4000 })).toEqual({
      left: 0.25,
      width: 0.25,
    });
    expect(laneSpan(track({ from_ms: 0, to_ms: 9000 }), { fromMs: 1000, toMs: 2000 })).toEqual({
      left: 0,
      width: 1,
    });
  });
});

describe("the stretch of the timeline", () => {
  it("keeps what one zooms at in its place, and stays inside the video", () => {
    const whole = wholeOf(60_000);
    const near = zoomed(whole, 4, 30_000, 60_000);
    expect(near).toEqual({ fromMs: 22_500, toMs: 37_500 });
    expect(zoomed(near, 0.25, 30_000, 60_000)).toEqual(whole);
    expect(zoomed(whole, 4, 0, 60_000)).toEqual({ fromMs: 0, toMs: 15_000 });
    expect(moved(near, 1e9, 60_000)).toEqual({ fromMs: 45_000, toMs: 60_000 });
    const nearest = zoomed(whole, 1e9, 100, 60_000);
    expect(nearest.toMs - nearest.fromMs).toBeCloseTo(SHORTEST_MS);
    expect(isWhole(whole, 60_000)).toBe(true);
    expect(isWhole(near, 60_000)).toBe(false);
  });

  it("moves along with what plays", () => {
    const stretch = { fromMs: 10_000, toMs: 20_000 };
    expect(following(stretch, 15_000, 60_000)).toBe(stretch);
    expect(following(stretch, 20_500, 60_000)).toEqual({ fromMs: 19_500, toMs: 29_500 });
    expect(following(stretch, 5_000, 60_000)).toEqual({ fromMs: 4_000, toMs: 14_000 });
  });

  it("has ticks that can be read", () => {
    expect(tickStep(60_000, 800)).toBe(10_000);
    expect(tickStep(3_600_000, 390)).toBe(1_800_000);
    expect(tickWords(3_661_000, 1000)).toBe("1:01:01");
    expect(tickWords(1_500, 500)).toBe("0:01.5");
  });
});

describe("marked frames", () => {
  beforeEach(() => sessionStorage.clear());

  it("are kept in order, by prediction", () => {
    writeMarks(7, toggleMark(toggleMark([], 9), 3));
    expect(readMarks(7)).toEqual([3, 9]);
    expect(readMarks(8)).toEqual([]);
    writeMarks(7, toggleMark([3, 9], 9));
    expect(readMarks(7)).toEqual([3]);
  });

  it.each(["{", "7", '["x",-1,2.5,4]'])("survive what else may be stored: %s", (stored) => {
    sessionStorage.setItem("segloop-marked-frames:7", stored);
    expect(readMarks(7)).toEqual(stored.includes("4") ? [4] : []);
  });

  it("are walked through", () => {
    expect(markBeside([3, 9], 3, 1)).toBe(9);
    expect(markBeside([3, 9], 9, 1)).toBeUndefined();
    expect(markBeside([3, 9], 9, -1)).toBe(3);
  });
});

describe("objects", () => {
  const square: FrameInstance = [1, 0.5, 12, [0, 0, 10, 0, 10, 10, 0, 10]];
  const classes = [
    { name: "cat", color: "#111111" },
    { name: "dog", color: "#222222" },
  ];

  it("are coloured by class or by track", () => {
    const byTrack = colorOf(square, { classes, colorBy: "track" });
    expect(colorOf(square, { classes, colorBy: "class" })).toBe("#222222");
    expect(byTrack).not.toBe("#222222");
    expect(colorOf([1, 0.5, null, []], { classes, colorBy: "track" })).toBe("#222222");
  });

  it("are found by a point, the topmost first", () => {
    const above: FrameInstance = [0, 0.4, null, [5, 5, 20, 5, 20, 20, 5, 20]];
    expect(instanceAt([square, above], 7, 7)).toBe(above);
    expect(instanceAt([square, above], 2, 2)).toBe(square);
    expect(instanceAt([square, above], 30, 2)).toBeNull();
    expect(wordsOf(square, classes)).toBe("dog 12 0.500");
  });
});

it("gives no key to two commands", () => {
  const keys = KEYS.flatMap((row) => row.keys);
  expect(new Set(keys).size).toBe(keys.length);
  expect(printedKeys(["shift+ArrowRight", "="])).toEqual([["Shift", "→"]]);
  expect(printedKeys(["shift+?", "?"])).toEqual([["?"]]);
});
