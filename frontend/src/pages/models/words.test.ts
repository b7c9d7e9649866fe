import { describe, expect, it } from "vitest";
import type { Checkpoint, Verification } from "@/api/types";
import { compareMetrics, dependantWords, findDifferences, parseIds, verificationWords } from "./words";

const verified: Verification = {
  image_count: 8,
  matched: 40,
  mean_mask_iou: 0.999,
  worst_mask_iou: 0.9981,
  max_confidence_difference: 0.001,
  missing: 0,
  extra: 0,
};

function checkpoint(change: Partial<Checkpoint> & { arguments?: Record<string, number> }): Checkpoint {
  const { arguments: own = {}, ...rest } = change;
  return {
    base_model: "yolov8n-seg.pt",
    dataset_name: "Pond",
    version_number: 1,
    parameters: {
      epochs: 10,
      image_size: 640,
      batch: 8,
      device: "auto",
      seed: 0,
      learning_rate: null,
      patience: 100,
      sample_every: 0,
      arguments: own,
    },
    mask: { precision: 0.5, recall: 0.5, map50: 0.5, map50_95: 0.25 },
    box: { precision: null, recall: null, map50: null, map50_95: null },
    reason: "",
    operating: null,
    ...rest,
  } as Checkpoint;
}

describe("the difference between a checkpoint and its export, in words", () => {
  it.each([
    [verified, "Finds the same 40 of 40 objects on 8 images, worst mask IoU 0.998."],
    [
      { ...verified, matched: 39, missing: 1, extra: 2 },
      "Finds the same 39 of 40 objects on 8 images, and 2 more, worst mask IoU 0.998.",
    ],
    [{ ...verified, worst_mask_iou: 0.7 }, "worst mask IoU 0.700"],
    [
      { ...verified, image_count: 1, matched: 0, missing: 1, worst_mask_iou: 1 },
      "Finds the same 0 of 1 object on 1 image.",
    ],
    [{ ...verified, matched: 0 }, "neither it nor the checkpoint finds an object on 8 images."],
    [{ ...verified, image_count: 0, matched: 0 }, "Not compared"],
  ])("%#", (given, words) => {
    expect(verificationWords(given)).toContain(words);
  });
});

it("says what hangs on a checkpoint, and nothing of what does not", () => {
  const none = {
    runs: [],
    served: [],
    prediction_count: 0,
    evaluation_count: 0,
    export_count: 0,
    blocking: false,
  };
  expect(dependantWords(none)).toEqual([]);
  const some = { ...none, runs: [{ id: 3, name: "night" }], export_count: 2, blocking: true };
  expect(dependantWords({ ...none, served: ["ponds"], blocking: true })).toEqual([
    "It is served as “ponds”: move the name or stop serving it first.",
  ]);
  expect(dependantWords(some)).toEqual(["1 run started from it: “night”.", "2 exports of it go with it."]);
});

it("shows only arguments that differ", () => {
  const found = findDifferences([
    checkpoint({ arguments: { mosaic: 0.5 } }),
    checkpoint({ version_number: 2 }),
    checkpoint({ arguments: { mosaic: 0.5 } }),
  ]);
  expect(found).toEqual([
    { label: "Version", values: ["Pond 1", "Pond 2", "Pond 1"] },
    { label: "mosaic", values: ["0.5", "default", "0.5"] },
  ]);
});

it("marks the best of each metric only where they differ", () => {
  const better = { precision: 0.5, recall: 0.5, map50: 0.9, map50_95: 0.25 };
  const none = { precision: null, recall: null, map50: null, map50_95: null };
  const rows = compareMetrics([
    checkpoint({}),
    checkpoint({ mask: better }),
    checkpoint({ mask: none, reason: "nothing_found" }),
  ]);
  expect(rows[0]).toMatchObject({ label: "Mask mAP50", values: [0.5, 0.9, null], best: 0.9 });
  expect(rows[0]?.reasons[2]).toBe("nothing_found");
  expect(rows[1]?.best).toBeNull();
  expect(rows[2]).toMatchObject({ label: "Mask precision", values: [null, null, null], best: null });
});

it("reads ids out of an address", () => {
  expect(parseIds("3,5,3,x,-1,2.5,")).toEqual([3, 5]);
});
