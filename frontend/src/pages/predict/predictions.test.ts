import { expect, it } from "vitest";
import { masksAbove } from "./PredictedTile";
import { countAbove } from "./PredictionPage";

const instance = (confidence: number) => ({
  class_index: 0,
  class_name: "duck",
  color: "#112233",
  confidence,
  polygon: [0, 0, 1, 0, 1, 1],
  box: [0, 0, 1, 1],
});
const instances = [instance(0.9), instance(0.25), instance(0.06)];

it("shows what is at least as sure as the slider says", () => {
  expect(masksAbove(instances, 0.25, true).map(({ caption }) => caption)).toEqual([
    "duck 0.900",
    "duck 0.250",
  ]);
  expect(masksAbove(instances, 0.95, true)).toEqual([]);
});

it("counts over all images", () => {
  expect(countAbove([{ instances }, { instances: [instance(0.3)] }, { instances: [] }], 0.25)).toBe(3);
});
