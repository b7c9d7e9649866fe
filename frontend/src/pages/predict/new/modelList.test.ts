import { expect, it } from "vitest";
import type { ModelItem, ServedModel } from "@/api/types";
import { findModels, firstModel, searchable, withServed } from "./modelList";

const model = (reference: string, change: Partial<ModelItem> = {}): ModelItem => ({
  reference,
  kind: "checkpoint",
  name: reference,
  dataset: "pond",
  class_names: ["duck"],
  colors: ["#112233"],
  image_size: 640,
  state: "finished",
  error: "",
  id: 1,
  file_name: "best.pt",
  can_fetch: false,
  origin: "run",
  dataset_name: "Pond",
  run: 1,
  format: null,
  checkpoint_kind: "best",
  tags: [],
  mask_map50: null,
  size_bytes: 1,
  created_at: null,
  ...change,
});

const MODELS = searchable([
  model("weights:1", {
    kind: "weights",
    name: "yolo26n-seg.pt",
    class_names: ["person", "cat"],
    state: "missing",
  }),
  model("weights:2", { kind: "weights", name: "foreign.pt" }),
  model("checkpoint:1"),
  model("export:1", { kind: "export" }),
  model("checkpoint:2", { tags: ["production"] }),
  model("helmets", { kind: "served", name: "helmets" }),
]);
const listed = (search: string) =>
  findModels(MODELS, search).groups.map(({ title, models }) => [
    title,
    ...models.map(({ reference }) => reference),
  ]);

it("lists what is in production first, and what is not there last", () => {
  expect(listed("")).toEqual([
    ["Production", "checkpoint:2"],
    ["Served models", "helmets"],
    ["Checkpoints", "checkpoint:1"],
    ["Exported models", "export:1"],
    ["Uploaded and pretrained weights", "weights:2", "weights:1"],
  ]);
  expect(firstModel(MODELS)?.reference).toBe("checkpoint:2");
});

it("finds models by their classes, datasets, tags and names, all words together", () => {
  expect(listed("person CAT")).toEqual([["Uploaded and pretrained weights", "weights:1"]]);
  expect(listed("production")).toEqual([["Production", "checkpoint:2"]]);
  expect(listed("pond nothing")).toEqual([]);
});

it("begins with a model that can be used, or with none", () => {
  expect(firstModel(searchable([model("weights:1", { kind: "weights", state: "missing" })]))).toBeUndefined();
  expect(firstModel([])).toBeUndefined();
});

it("shows as many as can be read and counts the rest", () => {
  const names = Array.from({ length: 80 }, (_, i) => `class number ${i}`);
  const many = searchable(
    Array.from({ length: 1000 }, (_, i) => model(`checkpoint:${i}`, { class_names: names })),
  );
  const { groups, more } = findModels(many, "number 79", 60);
  expect(groups[0]?.models).toHaveLength(60);
  expect(more).toBe(940);
});

it("lists served models with the classes of the model behind the name", () => {
  const served = [
    { name: "helmets", dataset: "pond", model: { reference: "checkpoint:1" } },
    { name: "gone", dataset: "pond", model: { reference: "checkpoint:9" } },
  ] as ServedModel[];
  const [first, ...others] = withServed(
    [model("checkpoint:1", { class_names: ["duck"], tags: ["production"] })],
    served,
  );
  expect(first).toMatchObject({ kind: "served", reference: "helmets", class_names: ["duck"], tags: [] });
  expect(others.map(({ reference }) => reference)).toEqual(["checkpoint:1"]);
});
