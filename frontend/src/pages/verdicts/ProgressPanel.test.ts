import { expect, it } from "vitest";
import type { MetricSet, RunProgress } from "@/api/types";
import { describeProgress, signed } from "./ProgressPanel";

const metrics = (map50: number): MetricSet => ({ map50, map50_95: 0, precision: 0, recall: 0 });

function progress(
  labels: number | null,
  model: number | null,
  total: number | null,
  same = false,
): RunProgress {
  const part = (value: number | null) => (value === null ? null : metrics(value));
  return {
    against: { id: 7, name: "run 7", version: { id: 1, number: 1 } },
    same_version: same,
    mask: { labels: part(labels), model: part(model), total: part(total) },
  } as RunProgress;
}

it("tells labels and model apart in one sentence", () => {
  expect(describeProgress(progress(0.03, 0.05, 0.08))).toBe(
    "Since run 7: mask mAP50 +0.080: labels +0.030, model +0.050.",
  );
  expect(describeProgress(progress(null, null, -0.02))).toContain("−0.020. How much of it");
  expect(describeProgress(progress(0, 0.1, 0.1, true))).toContain("all of it the model’s");
  expect(describeProgress(progress(null, null, null))).toContain("not known yet");
});

it("writes no minus before nothing", () => {
  expect(signed(-0.0001)).toBe("±0.000");
  expect(signed(0.5)).toBe("+0.500");
});
