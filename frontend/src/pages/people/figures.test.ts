import { describe, expect, it } from "vitest";
import type { PersonFigures } from "@/api/types";
import { everyDay, secondsPerImage, sentBackRate, throughputOf } from "./figures";

const person = (id: number, over: Partial<PersonFigures> = {}): PersonFigures => ({
  user: { id, username: `p${id}`, display_name: "", is_administrator: false },
  role: "annotator",
  ...{ finished: 0, objects: 0, accepted: 0, sent_back: 0, active_seconds: 0 },
  ...{ left: 0, left_sent_back: 0, waiting_for_review: 0 },
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
