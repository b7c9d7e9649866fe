import { expect, it } from "vitest";
import type { Evaluation, RunProgress } from "@/api/types";
import { describeProgress, parts, signed } from "./ProgressPanel";

function progress(
  before: number | null,
  between: number | null,
  after: number | null,
  same = false,
): RunProgress {
  const step = (map50: number | null) => ({ state: "finished", mask: { map50 } }) as Evaluation;
  return {
    against: { id: 7, name: "run 7", version: { id: 1, number: 1 } },
    same_version: same,
    before: step(before),
    between: between === null ? null : step(between),
    after: step(after),
  } as RunProgress;
}

it("tells labels and model apart in one sentence", () => {
  expect(describeProgress(progress(0.5, 0.53, 0.58))).toBe(
    "Since run 7: mask mAP50 +0.080: labels +0.030, model +0.050.",
  );
  expect(describeProgress(progress(0.5, null, 0.48))).toContain("−0.020. How much of it");
  expect(describeProgress(progress(0.5, null, 0.6, true))).toContain("all of it the model’s");
  expect(describeProgress(progress(0.5, null, null))).toContain("not known yet");
});

it("adds up as it is shown", () => {
  // Each alone would be +0.000, and their sum +0.001.
  const [labels, model, total] = parts(progress(0.3, 0.3004, 0.3008), ({ mask }) => mask.map50);
  expect([labels, model, total]).toEqual([0, 0.001, 0.001]);
});

it("writes no minus before nothing", () => {
  expect(signed(-0.0001)).toBe("±0.000");
  expect(signed(0.5)).toBe("+0.500");
});
