import { describe, expect, it } from "vitest";
// Made by scripts/training_mask_figures.py from Ultralytics' own functions.
import figures from "./training-mask.figures.json";
import { letterboxOf, TrainingRaster } from "./training-mask";
import type { Polygons } from "./types";

const IMAGE = figures.image;
const OBJECTS: Record<string, Polygons[]> = figures.objects;

/** FNV-1a over the labels, as the script has it: equal only where every pixel is. */
function digestOf(labels: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const label of labels) hash = Math.imul(hash ^ label, 0x01000193) >>> 0;
  return hash;
}

describe("what the model sees", () => {
  it.each(figures.cases)("of $name at $imgsz / $mask_ratio is what Ultralytics makes", (figure) => {
    const { imgsz, mask_ratio: maskRatio, pixels, digest } = figure;
    const raster = new TrainingRaster(IMAGE, { imgsz, maskRatio });
    const objects = OBJECTS[figure.name] ?? [];
    const mask = raster.mask(objects);
    expect(mask.pixels).toEqual(pixels);
    expect(digestOf(mask.labels)).toBe(digest);
    // From what was kept of the first time.
    expect(digestOf(raster.mask(objects).labels)).toBe(digest);
  });

  it.each([
    [
      { width: 1000, height: 750 },
      { width: 640, height: 480, left: 0, top: 80 },
    ],
    [
      { width: 301, height: 500 },
      { width: 386, height: 640, left: 127, top: 0 },
    ],
    [
      { width: 640, height: 640 },
      { width: 640, height: 640, left: 0, top: 0 },
    ],
  ])("of an image of %o lies in the square at %o", (image, box) => {
    expect(letterboxOf(image, 640)).toEqual(box);
  });

  it("of nothing is nothing", () => {
    const { labels, pixels } = new TrainingRaster(IMAGE, { imgsz: 64, maskRatio: 4 }).mask([]);
    expect(labels.every((label) => label === 0)).toBe(true);
    expect(pixels).toEqual([]);
  });
});
