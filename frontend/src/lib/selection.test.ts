import { expect, it } from "vitest";
import { toggled } from "./selection";

const ids = ["a", "b", "c", "d", "e"];
const plain = { range: false, anchor: null };

it("switches one on and off", () => {
  const once = toggled(new Set(), ids, "b", plain);
  expect([...once]).toEqual(["b"]);
  expect([...toggled(once, ids, "b", plain)]).toEqual([]);
});

it("adds a range in either direction and keeps the rest", () => {
  expect([...toggled(new Set(["e"]), ids, "b", { range: true, anchor: "d" })].sort()).toEqual([
    "b",
    "c",
    "d",
    "e",
  ]);
});

it("falls back to one when the anchor is gone", () => {
  expect([...toggled(new Set(), ids, "c", { range: true, anchor: "zz" })]).toEqual(["c"]);
});
