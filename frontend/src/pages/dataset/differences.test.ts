import { describe, expect, it } from "vitest";
import type { DifferentImage } from "@/api/types";
import { describeDifference, masksOf, objectMasks } from "./differences";
import { restoreSentences } from "./RestoreDialog";
import { largerSize } from "./VersionCheckPanel";

const side = (split: string, objects: number) => ({
  name: "a.jpg",
  split,
  objects,
  image_url: "",
  thumbnail_url: "",
});
const image: DifferentImage = {
  position: 1,
  image: "u-1",
  name: "a.jpg",
  width: 100,
  height: 50,
  status: "done",
  kind: "changed",
  is_not_done: false,
  is_moved: false,
  is_renamed: false,
  has_other_pixels: false,
  has_other_regions: false,
  is_open: false,
  objects_added: 0,
  objects_removed: 0,
  objects_changed: 0,
  class_changed: 0,
  before: side("train", 2),
  after: side("val", 3),
  drawn: [],
};

describe("an image that differs", () => {
  it.each([
    [{ is_moved: true, objects_added: 1 }, "moved from train to val, 1 object added"],
    [{ class_changed: 2, objects_changed: 1 }, "1 outline changed, 2 classes changed"],
    [{ is_not_done: true }, "not done now"],
    [{ has_other_pixels: true }, "other pixels"],
    [{ has_other_regions: true }, "other ignore regions"],
    [{ has_other_pixels: true, has_other_regions: true }, "other pixels, other ignore regions"],
    [{ kind: "removed" as const, after: null }, "removed with 2 objects"],
    [{ kind: "added" as const, before: null }, "added with 3 objects"],
  ])("%j is told", (change, words) => {
    expect(describeDifference({ ...image, ...change })).toBe(words);
  });

  it("is drawn in the colours of each side", () => {
    const drawn = {
      kind: "reclassed" as const,
      class_before: "duck",
      class_after: "goose",
      color_before: "#ff0000",
      color_after: "#0000ff",
      before: [[0, 0, 1, 0, 1, 1]],
      after: [],
    };
    expect(masksOf({ ...image, drawn: [drawn] }, "before")).toEqual([
      { points: [0, 0, 1, 0, 1, 1], color: "#ff0000", dashed: true },
    ]);
    expect(masksOf({ ...image, drawn: [drawn] }, "after")).toEqual([]);
  });

  it("hardly shows objects that are the same", () => {
    const same = { key: "a", class_name: "duck", color: "#ff0000", kind: "same" as const };
    const masks = objectMasks([
      { ...same, polygons: [[[0, 0, 9, 0, 9, 9]]] },
      { ...same, key: "b", kind: "added", polygons: [[[0, 0, 9, 0, 9, 9]], [[1, 1, 2, 1, 2, 2]]] },
    ]);
    expect(masks.map(({ emphasis, caption }) => [emphasis, caption])).toEqual([
      ["faded", undefined],
      ["lit", "duck"],
      ["lit", undefined],
    ]);
  });
});

describe("restoring", () => {
  const preview = {
    version: 1,
    open: 0,
    same: 4,
    labels: 1,
    moved: 0,
    from_trash: 0,
    from_version: 2,
    taken: 0,
    taken_names: [],
    others: 3,
    classes_back: ["duck"],
    classes_new: [],
    classes_named: [],
  };

  it("says what becomes of images that the version does not have", () => {
    expect(restoreSentences(preview, "keep")).toContain(
      "3 images that the version does not have stay as they are.",
    );
    expect(restoreSentences(preview, "trash")).toContain(
      "3 images that the version does not have go to the trash.",
    );
    expect(restoreSentences(preview, "keep")).toContain("Classes offered again: duck.");
    expect(restoreSentences(preview, "keep").join()).not.toContain("split");
  });
});

it.each([
  [640, null, 960],
  [640, 1280, 1280],
  [96, 64, 160],
  [1920, 9000, 2048],
])("a size that helps after %d, where %s is wanted: %d", (image_size, suggested_size, size) => {
  expect(largerSize({ image_size, suggested_size })).toBe(size);
});
