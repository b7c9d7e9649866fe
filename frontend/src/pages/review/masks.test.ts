import { expect, it } from "vitest";
import type { EvaluatedImage, Shape } from "@/api/types";
import { faultWords, labelMasks, predictionMasks } from "./masks";

const shape = (over: Partial<Shape>): Shape => ({
  class_index: 0,
  polygon: [0, 0, 4, 0, 4, 4],
  box: [0, 0, 4, 4],
  confidence: null,
  outcome: "tp",
  iou: 0.9,
  match: 0,
  ...over,
});
const image = {
  labels: [shape({}), shape({ outcome: "fn" })],
  predictions: [shape({ confidence: 0.873 }), shape({ outcome: "fp", confidence: 0.3, class_index: 7 })],
} as EvaluatedImage;
const colors = new Map([[0, "#112233"]]);

it("tells missed labels from found ones by colour when both layers lie together", () => {
  const [found, missed] = labelMasks(image, "outcome", colors, true);
  expect(found).toMatchObject({ color: "#ffffff", dashed: true });
  expect(missed?.color).toBe("#f0e442");
});

it("captions predictions with their confidence and survives an unknown class", () => {
  const [first, second] = predictionMasks(image, "class", colors, true);
  expect(first).toMatchObject({ color: "#112233", caption: "0.87" });
  expect(second?.color).toBe("#9aa3a4");
});

it.each([
  [{ false_negatives: 2, false_positives: 1 }, "2 missed, 1 false"],
  [{ wrong_class: 1, true_positives: 3 }, "1 wrong class"],
  [{ true_positives: 3 }, "all found"],
  [{}, "nothing here, nothing found"],
])("%j is “%s”", (counts, words) => {
  const zero = { false_negatives: 0, false_positives: 0, wrong_class: 0, true_positives: 0 };
  expect(faultWords({ ...zero, ...counts })).toBe(words);
});
