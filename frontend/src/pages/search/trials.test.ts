import { describe, expect, it } from "vitest";
import type { Search, Trial } from "@/api/types";
import { chartColors } from "@/components/chart/style";
import { bestTrial, byResult, formatArgument, resultOption, trialCounts } from "./trials";

const trial = (number: number, state: Trial["state"], value: number | null): Trial => ({
  number,
  run: number + 10,
  run_name: `trial ${number + 1}`,
  state,
  value,
  reason: "",
  epoch: 3,
  epochs: 3,
  pruned_at: null,
  parameters: { lr0: 0.001 },
});
const trials = [
  trial(0, "finished", 0.4),
  trial(1, "pruned", 0.1),
  trial(2, "failed", null),
  trial(3, "finished", 0.6),
  trial(4, "running", 0.9), // not measured to its end
  trial(5, "queued", null),
];

describe("trials", () => {
  it("stand in the order of their result, those without one after them", () => {
    expect(byResult(trials).map(({ number }) => number)).toEqual([3, 0, 1, 5, 4, 2]);
  });

  it("of equal results show the earlier first, which is the best", () => {
    const equal = [trial(0, "finished", 0), trial(1, "finished", 0), trial(2, "pruned", 0.1)];
    expect(byResult(equal).map(({ number }) => number)).toEqual([2, 0, 1]);
  });

  it("are counted by what became of them", () => {
    expect(trialCounts(trials)).toBe("1 training, 1 waiting, 2 finished, 1 stopped early, 1 failed");
  });

  it("know the best by its number", () => {
    expect(bestTrial({ trials, best: 3 } as Search)?.value).toBe(0.6);
    expect(bestTrial({ trials, best: null } as Search)).toBeUndefined();
  });

  it("draw the best until then as a line that never falls", () => {
    const option = resultOption(chartColors("light"), trials, 9) as { series: { data: number[][] }[] };
    expect(option.series[2]?.data).toEqual([
      [1, 0.4],
      [4, 0.6],
      [4, 0.6],
    ]);
    expect(option.series[0]?.data).toHaveLength(2);
    expect(option.series[1]?.data).toEqual([[2, 0.1, 2]]);
  });

  it("show arguments with as many digits as one reads", () => {
    expect(formatArgument(0.0012345)).toBe("0.001234");
    expect(formatArgument(20)).toBe("20");
    expect(formatArgument(undefined)).toBe("–");
  });
});
