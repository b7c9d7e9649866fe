import { describe, expect, it } from "vitest";
import { draftOf, estimateFrames, faultOf, type ForeseenVideo, isSameRule, ruleOf } from "./videoRule";

const VIDEO: ForeseenVideo = {
  ...{ file: "a.mp4", name: "a", width: 640, height: 360, codec: "h264", rotation: 0, problem: "" },
  ...{ duration_ms: 10_000, frames: 250, fps: 25, read: 250, end_ms: 9960, chosen: 10, near_duplicates: 0 },
  ...{ is_whole: true, notes: [], thumbnails: [] },
  scenes: [
    { threshold: 0.2, count: 30 },
    { threshold: 0.3, count: 10 },
  ],
};

describe("a rule in a form", () => {
  it.each([
    [{}, { fps: 1 }],
    [{ every: 5 }, { every: 5 }],
    [
      { scene: 0.3, from_seconds: 2, to_seconds: 5, most: 9, keeps_duplicates: true },
      { scene: 0.3, from_seconds: 2, to_seconds: 5, most: 9, keeps_duplicates: true },
    ],
  ])("%j comes back as %j", (rule, made) => {
    expect(ruleOf(draftOf(rule))).toEqual(made);
    expect(isSameRule(draftOf(rule), rule)).toBe(true);
  });

  it("is another one when what counts is changed, and not by what was typed for other ways", () => {
    const draft = draftOf({ every: 5 });
    expect(isSameRule({ ...draft, fps: 7 }, { every: 5 })).toBe(true);
    expect(isSameRule({ ...draft, every: 6 }, { every: 5 })).toBe(false);
    expect(isSameRule({ ...draft, way: "fps" }, { every: 5 })).toBe(false);
    expect(isSameRule({ ...draft, most: 3 }, { every: 5 })).toBe(false);
  });

  it("says what is wrong with it", () => {
    expect(faultOf(draftOf({ from_seconds: 5, to_seconds: 5 }))).toBe("The end lies before the beginning.");
    expect(faultOf(draftOf({ from_seconds: 5 }))).toBeNull();
  });
});

describe("estimateFrames", () => {
  it.each([
    [{}, 10],
    [{ fps: 2.5 }, 25],
    [{ fps: 100 }, 250],
    [{ every: 10 }, 25],
    [{ every: 1000 }, 1],
    [{ every: 10, most: 7 }, 7],
    [{ every: 10, from_seconds: 5 }, 13],
    [{ every: 1, from_seconds: 2, to_seconds: 4 }, 50],
    [{ every: 1, from_seconds: 20 }, 0],
    [{ scene: 0.2 }, 30],
    [{ scene: 0.25 }, 20],
    [{ scene: 0.9 }, 10],
    [{ scene: 0.05 }, 30],
  ])("of %j is %i", (rule, count) => {
    expect(estimateFrames(VIDEO, draftOf(rule))).toBe(count);
  });

  it("goes by the header where a look ended early", () => {
    const video = { ...VIDEO, is_whole: false, read: 50, end_ms: 2000 };
    expect(estimateFrames(video, draftOf({ every: 10 }))).toBe(25);
    expect(estimateFrames({ ...video, frames: null }, draftOf({ every: 10 }))).toBe(25);
  });

  it("is none of a video that cannot be read", () => {
    const video = { ...VIDEO, is_whole: false, read: 0, end_ms: 0, duration_ms: null, frames: null };
    expect(estimateFrames(video, draftOf({}))).toBe(0);
  });
});
