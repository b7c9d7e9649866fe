import { expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import { countsOf, masksOf } from "./answers";
import { askAddress, askAgainAfter, waitsForWords } from "./ask";

const instance = (class_index: number, class_name: string, confidence: number) => ({
  class_index,
  class_name,
  confidence,
  polygon: [0, 0, 1, 0, 1, 1],
  box: [0, 0, 1, 1],
});
const answer = { instances: [instance(0, "cat", 0.9), instance(0, "cat", 0.25), instance(7, "dog", 0.4)] };
const model = { colors: ["#112233"] };

it("shows and counts what is as sure as the slider says", () => {
  expect(masksOf(answer, model, 0.3).map(({ color, caption }) => [color, caption])).toEqual([
    ["#112233", "cat 0.900"],
    ["#888888", "dog 0.400"],
  ]);
  expect(countsOf(answer, model, 0.25).map(({ name, count }) => [name, count])).toEqual([
    ["cat", 2],
    ["dog", 1],
  ]);
  expect(countsOf(answer, undefined, 0.95)).toEqual([]);
});

it("asks a served model by its name, and any other by its reference", () => {
  const served = { kind: "served", reference: "my helmets", name: "my helmets" } as const;
  expect(askAddress(served)).toBe("/api/models/my%20helmets/predict/?conf=0.05");
  const checkpoint = { kind: "checkpoint", reference: "checkpoint:3", name: "first" } as const;
  expect(askAddress(checkpoint)).toBe("/api/predict-once/?conf=0.05&model=checkpoint%3A3");
});

it("asks again where waiting helps, and never where it does not", () => {
  const after = (status: number) => askAgainAfter(new ApiProblem("", status, ""));
  expect([0, 429, 503].map(after)).toEqual([2000, 2000, 2000]);
  expect([400, 401, 404, 413, 500].map(after)).toEqual([null, null, null, null, null]);
  expect(askAgainAfter(new TypeError())).toBeNull();
  expect(askAgainAfter(new ApiProblem("", 503, "model_failed"))).toBeNull();
});

it("says what it waits for", () => {
  expect(waitsForWords(new ApiProblem("No gpu worker is running.", 503, "no_worker"))).toBe(
    "Loading the model: No gpu worker is running.",
  );
  expect(waitsForWords(new ApiProblem("The limit is 60 requests a minute.", 429, "limit_reached"))).toBe(
    "The limit is 60 requests a minute.",
  );
});
