import { describe, expect, it } from "vitest";
import type { Epoch, Run } from "@/api/types";
import { chartColors } from "@/components/chart/style";
import { bestColumns, compareAddress, compareOption, parameterRows, uniqueNames } from "./compare";

const run = (id: number, parameters: Partial<Run["parameters"]> = {}, over: Partial<Run> = {}) =>
  ({
    id,
    name: `run ${id}`,
    dataset_name: "Pond",
    version: { id: 1, number: 3 },
    base_model: "yolo11n-seg.pt",
    source_checkpoint: null,
    source_name: "",
    epochs: 10,
    batch: 16,
    device_name: "T4",
    parameters: {
      epochs: 10,
      image_size: 640,
      batch: 16,
      device: "auto",
      seed: 0,
      patience: 50,
      learning_rate: null,
      sample_every: 1,
      arguments: {},
      ...parameters,
    },
    ...over,
  }) as Run;

const differing = (...runs: Run[]) =>
  parameterRows(runs)
    .filter(({ differs }) => differs)
    .map(({ name, values }) => [name, ...values]);

describe("parameterRows", () => {
  it("finds nothing between runs that were asked for alike", () => {
    expect(differing(run(1), run(2))).toEqual([]);
  });

  it("tells what differs, arguments of one of them among it", () => {
    expect(
      differing(run(1, { seed: 1, arguments: { mosaic: 0, freeze: null } }), run(2, { learning_rate: 0.01 })),
    ).toEqual([
      ["Seed", "1", "0"],
      ["Learning rate", "chosen by Ultralytics", "0.01"],
      ["freeze", "none", "default"],
      ["mosaic", "0", "default"],
    ]);
  });

  it("says when a run had to take a smaller batch", () => {
    expect(differing(run(1), run(2, {}, { batch: 8 }))).toEqual([["Batch", "16", "8 (asked for 16)"]]);
  });
});

it.each([
  [[0.2, 0.5, null], [1]],
  [
    [0.5, 0.5, 0.1],
    [0, 1],
  ],
  [[0, 0], []],
  [[0.5, undefined], []],
  [[], []],
])("best of %j: %j", (values, best) => {
  expect([...bestColumns(values)]).toEqual(best);
});

it("tells runs of one name apart, once", () => {
  const named = [run(1, {}, { name: "a" }), run(2, {}, { name: "a" }), run(3, {}, { name: "b" })];
  expect(uniqueNames(named)).toEqual(["a #1", "a #2", "b"]);
});

it("leaves the name of a common group out", () => {
  const of = (id: number, group: number) =>
    run(id, {}, { name: `sizes seed ${id}`, group, group_name: "sizes" });
  expect(uniqueNames([of(1, 5), of(2, 5)])).toEqual(["seed 1", "seed 2"]);
  expect(uniqueNames([of(1, 5), of(2, 6)])).toEqual(["sizes seed 1", "sizes seed 2"]);
});

it("compares no more runs than can be told apart", () => {
  expect(compareAddress(Array.from({ length: 40 }, (_, i) => i + 1)).split(",")).toHaveLength(12);
});

it("draws every run over the epochs of the longest", () => {
  const epochs = (n: number) => Array.from({ length: n }, (_, i) => ({ epoch: i + 1, seconds: 2 }) as Epoch);
  const option = compareOption(
    chartColors("light"),
    ["a", "b"],
    [epochs(3), epochs(8)],
    (e) => e.seconds,
    false,
  );
  expect(option.xAxis).toMatchObject({ max: 8 });
  expect((option.series as { data: number[][] }[]).map(({ data }) => data.length)).toEqual([3, 8]);
});
