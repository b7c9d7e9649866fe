import { describe, expect, it } from "vitest";
import type { Run } from "@/api/types";
import { countBatches, estimateSeconds } from "./estimate";

const plan = {
  base_model: "yolov8n-seg.yaml",
  image_size: 192,
  batch: 8,
  epochs: 30,
  device: "cpu",
  train_images: 70,
};
const run = (over: Partial<Run> = {}, image_size = 192) =>
  ({
    base_model: "yolov8n-seg.yaml",
    epoch: 10,
    duration_seconds: 40,
    parameters: { image_size, device: "cpu" },
    ...over,
  }) as Run;

it("counts batches, the last of an epoch being smaller", () => {
  expect(countBatches(plan)).toEqual({ perEpoch: 9, total: 270 });
  expect(countBatches({ ...plan, train_images: 0 })).toEqual({ perEpoch: 0, total: 0 });
});

describe("estimateSeconds", () => {
  it("scales the newest like run by its epochs", () => {
    expect(estimateSeconds(plan, [run()])?.seconds).toBe(120);
  });

  it("does not judge by other sizes, other models, or runs without an epoch", () => {
    const others = [
      run({}, 640),
      run({ base_model: "yolov8x-seg.yaml" }),
      run({ epoch: 0 }),
      run({ duration_seconds: null }),
    ];
    expect(estimateSeconds(plan, others)).toBeNull();
  });
});
