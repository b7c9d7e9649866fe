import { expect, it } from "vitest";
import type { Certificate } from "@/api/types";
import { differenceWords, msWords, placeWords, ratioWords, totalMs } from "./words";

it.each([
  [null, "–"],
  [0, "±0.0000"],
  [0.00004, "±0.0000"],
  [0.0123, "+0.0123"],
  [-0.0123, "−0.0123"],
])("says the difference %s", (difference, words) => {
  expect(differenceWords(difference)).toBe(words);
});

it("adds the steps of an image, short ones with a digit more", () => {
  expect(totalMs({ preprocess_ms: 1.5, inference_ms: 20, postprocess_ms: 2.5 })).toBe(24);
  expect([msWords(24), msWords(4.25)]).toEqual(["24 ms", "4.3 ms"]);
});

it("turns a ratio below one round", () => {
  expect([ratioWords(1.94), ratioWords(1), ratioWords(0.4)]).toEqual([
    "1.9 × as fast",
    "1.0 × as fast",
    "2.5 × as slow",
  ]);
});

it("says where a certificate was measured, and no count of images where it was not", () => {
  const certificate = { split: "val", version: { id: 7, number: 3 }, image_count: 120, image_size: 224 };
  expect(placeWords(certificate as Certificate)).toBe("val of version 3, 120 images at 224 px");
  expect(placeWords({ ...certificate, image_count: 0 } as Certificate)).toBe("val of version 3");
});
