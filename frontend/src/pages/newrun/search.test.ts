import { describe, expect, it } from "vitest";
import type { Dimension, Proposal } from "@/api/types";
import { emptyForm, groupRequestOf, hasFaults, plannedRuns, validateForm } from "./form";
import { emptySearch, searchRequestOf, validateSearch, withDimension } from "./search";

const proposal = (name: string, is_usual: boolean, change: Partial<Dimension> = {}): Proposal => ({
  dimension: { name, low: 0.1, high: 0.9, log: false, kind: "float", ...change },
  is_usual,
  default: null,
  help: "",
});
const lr0 = proposal("lr0", true, { log: true });
const mosaic = proposal("mosaic", true);
const momentum = proposal("momentum", false);
const proposals = [lr0, mosaic, momentum];
const form = emptyForm(true);
const place = { dataset: "pond", version: 7 };

describe("a search", () => {
  it("begins with the usual arguments", () => {
    const search = emptySearch(proposals);
    expect(search.space.map(({ name }) => name)).toEqual(["lr0", "mosaic"]);
    expect(validateSearch(search, form)).toEqual({});
    const more = withDimension(search.space, momentum, true);
    expect(more).toHaveLength(3);
    expect(withDimension(more, lr0, false)).toHaveLength(2);
  });

  it("is posted as a run with a space", () => {
    const search = { ...emptySearch(proposals), trials: 12 };
    const request = { ...place, epochs: 9, image_size: 64, batch: 4 };
    expect(searchRequestOf(request, search)).toMatchObject({ ...request, trials: 12, pruner: "median" });
  });

  it.each([
    [{ trials: 1 }, "trials"],
    [{ trials: null }, "trials"],
    [{ parallel: 17 }, "parallel"],
    [{ space: [] }, "space"],
    [{ space: [{ ...mosaic.dimension, low: 0.9 }] }, "mosaic"],
    [{ space: [{ ...mosaic.dimension, low: null }] }, "mosaic"],
    [{ space: [{ ...lr0.dimension, low: 0 }] }, "lr0"],
    [{ space: [{ ...mosaic.dimension, kind: "int" as const }] }, "mosaic"],
    [{ space: [momentum.dimension] }, "momentum"],
  ])("%j has a fault at %s", (change, field) => {
    const search = { ...emptySearch(proposals), ...change };
    expect(Object.keys(validateSearch(search, form))).toEqual([field]);
    expect(hasFaults(validateForm({ ...form, search }, [], null))).toBe(true);
  });

  it("may vary momentum where the optimizer is named", () => {
    const search = { ...emptySearch(proposals), space: [momentum.dimension] };
    expect(validateSearch(search, { ...form, arguments: { optimizer: "SGD" } })).toEqual({});
  });
});

describe("folds", () => {
  it("multiply the runs", () => {
    const several = { ...form, seedCount: 2, folds: 5 };
    expect(plannedRuns(several, []).count).toBe(10);
    expect(groupRequestOf(several, place, [])).toMatchObject({ folds: 5, seeds: [0, 1] });
    expect(groupRequestOf({ ...several, folds: 1 }, place, [])).not.toHaveProperty("folds");
  });

  it.each([null, 0, 2.5, 21])("%s is none", (folds) => {
    expect(validateForm({ ...form, folds }, [], null).folds).not.toBe("");
  });
});
