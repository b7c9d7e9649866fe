import { describe, expect, it } from "vitest";
import type { BaseModel, Preset, TrainArgument } from "@/api/types";
import {
  applyPreset,
  emptyForm,
  firstForm,
  formOfRequest,
  groupRequestOf,
  hasFaults,
  matchPreset,
  missingWeights,
  plannedRuns,
  requestOf,
  validateForm,
} from "./form";

const models = (["n", "s", "m"] as const).flatMap((size) =>
  [true, false].map(
    (pretrained) =>
      ({
        id: `yolo26${size}-seg.${pretrained ? "pt" : "yaml"}`,
        family: "yolo26",
        size,
        pretrained,
        can_start: !pretrained || size !== "m",
      }) as BaseModel,
  ),
);
const preset = (id: Preset["id"], base_model: string, epochs: number): Preset => ({
  id,
  title: id,
  description: "",
  values: { base_model, epochs, image_size: 480, batch: 16, patience: 10 },
});
const presets = [preset("quick", "yolo26n-seg.pt", 20), preset("balanced", "yolo26s-seg.pt", 100)];
const place = { dataset: "pond", version: 7 };

describe("presets", () => {
  it("the first one suits the machine", () => {
    expect(matchPreset(firstForm(true, "", presets, models), presets, models)?.id).toBe("balanced");
    expect(matchPreset(firstForm(false, "", presets, models), presets, models)?.id).toBe("quick");
    expect(firstForm(true, "5", presets, models).model).toMatchObject({
      source: "checkpoint",
      checkpoint: "5",
    });
  });

  it("is left by changing one of its numbers, not by changing something else", () => {
    const form = applyPreset(emptyForm(false), presets[0] as Preset, models);
    expect(matchPreset({ ...form, name: "mine" }, presets, models)?.id).toBe("quick");
    const numbers = { ...form.numbers, epochs: 21 };
    expect(matchPreset({ ...form, numbers }, presets, models)).toBeUndefined();
    const model = { ...form.model, pretrained: false };
    expect(matchPreset({ ...form, model }, presets, models)).toBeUndefined();
  });
});

it("names the weights that a run could not begin with", () => {
  const form = emptyForm(false);
  expect(missingWeights(form, models)).toEqual([]);
  expect(missingWeights({ ...form, sizes: ["s", "m"] }, models)).toEqual(["yolo26m-seg.pt"]);
  const scratch = { ...form, sizes: ["m" as const], model: { ...form.model, pretrained: false } };
  expect(missingWeights(scratch, models)).toEqual([]);
  expect(missingWeights(emptyForm(false, "5"), models)).toEqual([]);
});

describe("several at once", () => {
  it("is sizes × seeds", () => {
    const form = { ...emptyForm(false), sizes: ["s" as const], seedCount: 3 };
    const { models: chosen, seeds, count } = plannedRuns(form, models);
    expect([chosen, seeds, count]).toEqual([["yolo26n-seg.pt", "yolo26s-seg.pt"], [0, 1, 2], 6]);
    expect(groupRequestOf(form, place, models)).toMatchObject({ models: chosen, seeds });
    expect(groupRequestOf(form, place, models)).not.toHaveProperty("base_model");
  });

  it("has only seeds where a checkpoint is gone on from", () => {
    const form = { ...emptyForm(false, "5"), sizes: ["s" as const], seedCount: 2 };
    expect(plannedRuns(form, models)).toEqual({ models: [], seeds: [0, 1], folds: 1, count: 2 });
    const request = groupRequestOf(form, place, models);
    expect(request.checkpoint).toBe(5);
    expect(request).not.toHaveProperty("models");
  });

  it.each([
    [null, "A whole number from 1."],
    [0, "A whole number from 1."],
    [26, "At most 50 runs in one go."],
    [25, ""],
  ])("%s seeds of two sizes: %s", (seedCount, fault) => {
    const form = { ...emptyForm(false), sizes: ["s" as const], seedCount };
    expect(validateForm(form, models, []).several).toBe(fault);
  });
});

describe("the same run again", () => {
  const request = requestOf(
    {
      ...applyPreset(emptyForm(true), presets[1] as Preset, models),
      name: "Long",
      priority: "low",
      allowSmallerBatch: false,
      sampleEvery: 4,
      arguments: { mosaic: 0.5 },
    },
    place,
    models,
  );

  it("comes back as it was", () => {
    const form = formOfRequest(request, false, models, 12);
    expect(requestOf(form, place, models)).toEqual(request);
  });

  it("has its name made up anew if the server had", () => {
    expect(formOfRequest({ ...request, name: "yolo26s-seg #12" }, true, models, 12).name).toBe("");
    expect(formOfRequest({ ...request, name: "mine #1" }, true, models, 12).name).toBe("mine #1");
  });
});

describe("validateForm", () => {
  const mosaic = { name: "mosaic", default: 1, kind: "float", minimum: 0, maximum: 1, choices: null };

  it("judges arguments once they are known", () => {
    const form = { ...emptyForm(false), arguments: { mosaic: 2, gone: 1 } };
    expect(hasFaults(validateForm(form, models, null))).toBe(false);
    expect(Object.keys(validateForm(form, models, [mosaic as TrainArgument]).arguments)).toEqual([
      "mosaic",
      "gone",
    ]);
  });

  it("takes the first form of either machine", () => {
    for (const onGpu of [true, false]) {
      expect(hasFaults(validateForm(firstForm(onGpu, "", presets, models), models, []))).toBe(false);
    }
  });
});
