import { describe, expect, it } from "vitest";
import { countIgnored, fatesOf, makeOptions, targetOf } from "./importOptions";

const FORESEEN = [
  { name: "heron", count: 5, is_new: true },
  { name: "duck", count: 3, is_new: false },
  { name: "coot", count: 2, is_new: true },
];
const HERE = new Set(["duck", "swan"]);

describe("a class of the source", () => {
  it.each([
    ["heron", {}, "new"],
    ["duck", {}, "here"],
    ["heron", { heron: "swan" }, "here"],
    ["coot", { coot: "duck" }, "merged"],
    ["duck", { coot: " duck " }, "merged"],
    ["coot", { coot: null }, "ignored"],
    ["coot", { coot: "  " }, "unnamed"],
  ])("%s with %o is %s", (name, choices, fate) => {
    expect(fatesOf(choices, FORESEEN, HERE).get(name)).toBe(fate);
  });

  it("keeps its name where nothing was chosen", () => {
    expect(targetOf("heron", {})).toBe("heron");
    expect(targetOf("heron", { heron: null })).toBe(null);
  });
});

it("counts the objects that are ignored as asked", () => {
  expect(countIgnored({ heron: null, coot: null }, FORESEEN)).toBe(7);
});

it("sends only what differs from the source", () => {
  expect(makeOptions("", null, { duck: "duck" }, { train: "train" })).toEqual({});
  expect(makeOptions("coco", "add", { heron: " swan ", coot: null }, { val: "test" })).toEqual({
    format: "coco",
    on_conflict: "add",
    classes: { heron: "swan", coot: null },
    splits: { val: "test" },
  });
});
