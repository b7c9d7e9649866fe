import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Anchor, FrameClock, lastBefore } from "./frameClock";

const timesOf = (intervals: readonly number[]): Anchor[] => {
  let time = 0;
  return intervals.map((interval, position) => {
    const anchor = { position, time_ms: Math.round(time) };
    time += interval;
    return anchor;
  });
};

function clockOf(frames: readonly Anchor[], durationMs: number, isLoaded = true): FrameClock {
  const clock = new FrameClock((position) =>
    isLoaded ? frames.filter((frame) => Math.abs(frame.position - position) <= 20) : [],
  );
  clock.know(
    { count: frames.length, durationMs },
    frames.filter((_, i) => i % 10 === 0),
  );
  return clock;
}

describe("the clock of frames", () => {
  it("finds the frame of every time a browser names, also of a variable frame rate", () => {
    const interval = fc.double({ min: 4, max: 400, noNaN: true });
    fc.assert(
      fc.property(fc.array(interval, { minLength: 1, maxLength: 120 }), (intervals) => {
        const frames = timesOf(intervals);
        const duration = intervals.reduce((sum, each) => sum + each, 0);
        const clock = clockOf(frames, duration);
        let exact = 0;
        intervals.forEach((length, position) => {
          // Its own time in microseconds, where the frames' are rounded to milliseconds.
          expect(clock.positionAt(exact)).toEqual({ position, exact: true });
          expect(clock.positionAt(clock.middleOf(position).timeMs)).toEqual({ position, exact: true });
          exact += length;
        });
      }),
    );
  });

  it("seeks to the middle of a frame's time", () => {
    const clock = clockOf(timesOf([10, 30, 50, 20]), 110);
    expect(clock.middleOf(0)).toEqual({ timeMs: 5, exact: true });
    expect(clock.middleOf(1)).toEqual({ timeMs: 25, exact: true });
    expect(clock.middleOf(2)).toEqual({ timeMs: 65, exact: true });
  });

  it("estimates between anchors and says that it does", () => {
    const frames = timesOf(Array<number>(100).fill(40));
    const clock = clockOf(frames, 4000, false);
    expect(clock.positionAt(2040)).toEqual({ position: 51, exact: false });
    expect(clock.timeOf(51)).toEqual({ timeMs: 2040, exact: false });
    expect(clock.positionAt(1e9).position).toBe(99);
  });

  it("walks from a wrong estimate to the right frame over loaded frames", () => {
    // 50 frames in the first second, then one a second: a straight line between the ends is far off.
    const frames = timesOf([...Array<number>(50).fill(20), ...Array<number>(50).fill(1000)]);
    const clock = new FrameClock((position) =>
      frames.filter((frame) => Math.floor(frame.position / 10) === Math.floor(position / 10)),
    );
    clock.know({ count: 100, durationMs: 51_000 }, []);
    expect(clock.positionAt(500)).toEqual({ position: 25, exact: true });
    expect(clock.positionAt(40_500)).toEqual({ position: 89, exact: true });
  });

  it("names what to load next where the loaded frames do not reach", () => {
    const frames = timesOf(Array<number>(100).fill(40));
    const clock = new FrameClock((position) => (position < 20 ? frames.slice(0, 20) : []));
    clock.know({ count: 100, durationMs: 400 }, []);
    expect(clock.positionAt(10)).toEqual({ position: 0, exact: true });
    // The length is wrong: the estimate lies before the frame.
    expect(clock.positionAt(60)).toEqual({ position: 1, exact: true });
    clock.know({ count: 100, durationMs: 100_000 }, []);
    expect(clock.positionAt(2_000)).toEqual({ position: 20, exact: false });
  });

  it("is right before anything is known", () => {
    const clock = new FrameClock(() => []);
    expect(clock.positionAt(500)).toEqual({ position: 0, exact: false });
    expect(clock.interval).toBeGreaterThan(0);
  });
});

it("finds the last frame that has begun", () => {
  const frames = timesOf([10, 10, 10]);
  expect([-1, 0, 9, 10, 25, 99].map((ms) => lastBefore(frames, ms))).toEqual([-1, 0, 0, 1, 2, 2]);
});
