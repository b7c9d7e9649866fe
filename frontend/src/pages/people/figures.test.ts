import { describe, expect, it } from "vitest";
import type { PersonFigures } from "@/api/types";
import {
  describeImported,
  everyDay,
  firstPassYield,
  secondsPerImage,
  secondsPerObject,
  sentBackRate,
  throughputOf,
} from "./figures";

const person = (id: number, over: Partial<PersonFigures> = {}): PersonFigures => ({
  user: { id, username: `p${id}`, display_name: "", is_administrator: false },
  role: "annotator",
  ...{ finished: 0, objects: 0, accepted: 0, sent_back: 0, active_seconds: 0 },
  ...{ left: 0, left_sent_back: 0, left_second: 0, waiting_for_review: 0 },
  ...{ first_pass: { judged: 0, accepted: 0 }, reasons: {}, ground_truth: { images: 0, score: null } },
  ...over,
});

describe("figures of people", () => {
  it.each([
    [{ finished: 4, active_seconds: 120 }, 30],
    [{ finished: 0, active_seconds: 120 }, null],
    [{ finished: 4, active_seconds: 0 }, null],
  ])("%o took %s seconds an image", (over, seconds) => {
    expect(secondsPerImage(person(1, over))).toBe(seconds);
  });

  it.each([
    [{ accepted: 3, sent_back: 1 }, 0.25],
    [{}, null],
  ])("%o is sent back at a rate of %s", (over, rate) => {
    expect(sentBackRate(person(1, over))).toBe(rate);
  });

  it.each([
    [{ objects: 8, active_seconds: 120 }, 15],
    [{ objects: 0, active_seconds: 120 }, null],
  ])("%o took %s seconds an object", (over, seconds) => {
    expect(secondsPerObject(person(1, over))).toBe(seconds);
  });

  it("has a first-pass yield where there was a first verdict", () => {
    expect(firstPassYield(person(1, { first_pass: { judged: 4, accepted: 3 } }))).toBe(0.75);
    expect(firstPassYield(person(1))).toBeNull();
  });

  it("says what is nobody's work", () => {
    expect(describeImported({ images: 1, objects: 12 })).toContain("1 finished image and 12 objects came");
    expect(describeImported({ images: 0, objects: 0 })).toBe("");
  });

  it("leaves no day out", () => {
    expect(everyDay(["2026-02-27", "2026-03-01"])).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(everyDay([])).toEqual([]);
  });

  it("gives each person who finished anything a row of counts", () => {
    const people = [person(1), person(2)];
    const throughput = [{ day: "2026-03-01", user_id: 2, finished: 5 }];
    expect(throughputOf({ people, throughput }, ["2026-02-28", "2026-03-01"])).toEqual([
      { name: "p2", counts: [0, 5] },
    ]);
  });
});
