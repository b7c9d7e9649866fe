import { describe, expect, it } from "vitest";
import { imageQuery } from "@/api/images";
import { BIN_FILTERS } from "@/api/insightFilters";
import { hasFilters, IMAGES_ADDRESS, NO_FILTERS } from "../imagesAddress";
import { readParams } from "@/lib/urlState";
import { imagesAt } from "./bars";
import { BIN_LABELS, binWords, chosenInsights } from "./words";

const read = (query: string) => readParams(IMAGES_ADDRESS, new URLSearchParams(query));

describe("filters behind the bars", () => {
  it.each(BIN_FILTERS)("reads %s from the address and asks the server for it, the first bin too", (name) => {
    const filters = read(`${name}=0`);
    expect(imageQuery(filters)[name]).toBe(0);
    expect(hasFilters(filters)).toBe(true);
    expect(binWords(name, 0)).not.toBe("");
  });

  it("asks for nothing where nothing is chosen", () => {
    expect(hasFilters(NO_FILTERS)).toBe(false);
    expect(hasFilters(read(""))).toBe(false);
    expect(hasFilters(read("finding=odd&set_aside=1"))).toBe(false);
  });

  it("says each filter, with what takes it away", () => {
    const filters = read("finding=tiny&set_aside=1&cell=9&with_class=2");
    const chosen = chosenInsights(filters, [{ id: 2, name: "swan" }] as never);
    expect(chosen.map(({ words }) => words)).toEqual([
      "Tiny objects (set aside)",
      "In row 2, column 2",
      "Together with swan",
    ]);
    const rest = chosen.reduce((left, { reset }) => ({ ...left, ...reset }), filters);
    expect(hasFilters(rest)).toBe(false);
  });

  it("has a word for each bin of the server", () => {
    expect(Object.values(BIN_LABELS).map((labels) => labels.length)).toEqual([6, 7, 9, 9, 8, 5, 10, 7]);
    expect(imagesAt("pond", { size: 2, class: 7 })).toBe("/datasets/pond?size=2&class=7");
  });
});
