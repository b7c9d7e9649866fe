import { describe, expect, it } from "vitest";
import { imageQuery } from "@/api/images";
import type { SavedView } from "@/api/tags";
import { readParams } from "@/lib/urlState";
import { GRID_ADDRESS, IMAGES_ADDRESS, NO_FILTERS } from "./imagesAddress";
import { countRare } from "./MoreFilters";
import { queryOfView } from "./ViewsMenu";

const owner = { id: 1, username: "ada", display_name: "Ada", is_administrator: false };
const view = (fields: Partial<SavedView>): SavedView => ({
  id: 1,
  name: "Night",
  owner,
  filters: {},
  ordering: "stem",
  tile: "medium",
  is_shared: false,
  ...fields,
});

describe("a saved view", () => {
  it("opens at an address that shows what was kept", () => {
    const filters = {
      ...NO_FILTERS,
      split: "val" as const,
      class: 7,
      tag: "none",
      is_pinned: true,
      min_objects: 0,
      max_bytes: 5000,
      created_since: "2026-11-25",
      group: "cam 1/night & day",
      edited_by: "me",
    };
    const kept = JSON.parse(JSON.stringify(imageQuery(filters))) as SavedView["filters"];
    const params = new URLSearchParams(
      queryOfView(view({ filters: kept, ordering: "-size_bytes", tile: "large" })),
    );
    expect(readParams(IMAGES_ADDRESS, params)).toEqual({ ...filters, ordering: "-size_bytes" });
    expect(readParams(GRID_ADDRESS, params)).toEqual({ tile: "large", similar: "" });
  });

  it("of all images has an empty address", () => {
    expect(queryOfView(view({}))).toBe("");
  });
});

describe("the filters that are folded away", () => {
  it("are counted where they are set", () => {
    expect(countRare(NO_FILTERS)).toBe(0);
    expect(countRare({ ...NO_FILTERS, split: "val", min_objects: 0, updated_until: "2026-01-01" })).toBe(2);
  });
});

describe("an address that makes no sense", () => {
  it("is read as if nothing stood there", () => {
    const odd = new URLSearchParams("tag=x&created_since=2026-13-01&min_width=wide&edited_by=none&tile=9");
    expect(readParams(IMAGES_ADDRESS, odd)).toEqual({ ...NO_FILTERS, ordering: "stem" });
  });
});
