import { describe, expect, it } from "vitest";
import type { TrainArgument } from "@/api/types";
import { defaultWords, faultOfArgument, groupArguments, valueOf, withArgument } from "./arguments";

const argument = (over: Partial<TrainArgument>): TrainArgument => ({
  name: "mosaic",
  default: 1,
  kind: "float",
  minimum: 0,
  maximum: 1,
  choices: null,
  help: "probability of mosaic",
  group: "Hyperparameters",
  ...over,
});
const cache = argument({
  name: "cache",
  default: false,
  kind: "choice",
  choices: [false, true, "ram"],
  help: "keep images in memory",
  group: "Train settings",
});

describe("faultOfArgument", () => {
  it.each([
    [{}, 0.5, ""],
    [{}, 1.5, "From 0 to 1."],
    [{ maximum: null }, -1, "0 or more."],
    [{ minimum: null }, 2, "1 or less."],
    [{}, Number.NaN, "A number."],
    [{}, null, "It needs a value."],
    [{ default: null }, null, ""],
    [{ kind: "int" as const, maximum: null }, 2.5, "A whole number."],
    [{ kind: "bool" as const }, 1, "True or false."],
    [{ kind: "str" as const }, "a", ""],
  ])("%j takes %s: %s", (over, value, fault) => {
    expect(faultOfArgument(argument(over), value)).toBe(fault);
  });

  it("tells true from the word", () => {
    expect(faultOfArgument(cache, true)).toBe("");
    expect(faultOfArgument(cache, "true")).toBe("One of false, true, ram.");
  });
});

it("keeps only what differs from the default", () => {
  const mosaic = argument({});
  const changed = withArgument({ degrees: 5 }, mosaic, 0);
  expect(changed).toEqual({ degrees: 5, mosaic: 0 });
  expect(valueOf(mosaic, changed)).toBe(0);
  expect(withArgument(changed, mosaic, 1)).toEqual({ degrees: 5 });
  expect(valueOf(mosaic, {})).toBe(1);
});

it("finds by name or help, every word, and keeps the groups", () => {
  const all = [cache, argument({}), argument({ name: "mixup", help: "probability of mixing images" })];
  const names = (search: string, only: Record<string, number> | null = null) =>
    groupArguments(all, search, only).map(([group, items]) => [group, items.map(({ name }) => name)]);
  expect(names("")).toEqual([
    ["Train settings", ["cache"]],
    ["Hyperparameters", ["mosaic", "mixup"]],
  ]);
  expect(names("IMAGES probability")).toEqual([["Hyperparameters", ["mixup"]]]);
  expect(names("", { mosaic: 0 })).toEqual([["Hyperparameters", ["mosaic"]]]);
  expect(names("zebra")).toEqual([]);
});

it("says none for what has no default", () => {
  expect(defaultWords(argument({ default: null }))).toBe("default none");
  expect(defaultWords(cache)).toBe("default false");
});
