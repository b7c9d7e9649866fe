import { flattened } from "./bridges";
import { boxOfRing } from "./ring";
import { downsampled, fillPolygon } from "./raster";
import type { Polygons, Ring, Size } from "./types";

/** Side of the square that Ultralytics trains on, and by how much its masks are smaller. */
export type TrainingSize = { readonly imgsz: number; readonly maskRatio: number };

export const MASK_RATIOS = [1, 2, 4, 8] as const;

/** Where the image lies in the square: scaled as a whole, the rest is grey padding. In pixels of the square. */
export type Letterbox = {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
};

/** What the model sees of the objects of one image. */
export type TrainingMask = {
  /** Side of the mask, which is a square. */
  readonly side: number;
  readonly letterbox: Letterbox;
  /** Row by row, 0 = background, i + 1 = object i, where the smaller lie over the larger. */
  readonly labels: Int32Array;
  /** Pixels left of each object. */
  readonly pixels: readonly number[];
};

/** As `BaseDataset.load_image` and `LetterBox` scale and centre it. */
export function letterboxOf({ width, height }: Size, imgsz: number): Letterbox {
  const ratio = imgsz / Math.max(width, height);
  const w = ratio === 1 ? width : Math.min(Math.ceil(width * ratio), imgsz);
  const h = ratio === 1 ? height : Math.min(Math.ceil(height * ratio), imgsz);
  const before = (free: number): number => Math.max(0, Math.round(free / 2 - 0.1));
  return { width: w, height: h, left: before(imgsz - w), top: before(imgsz - h) };
}

/** Rasters the objects of one image; what did not change since the last time is not rastered again. */
export class TrainingRaster {
  readonly #image: Size;
  readonly #size: TrainingSize;
  readonly #patches = new WeakMap<Polygons, { readonly count: number; readonly patch: Patch }>();

  constructor(image: Size, size: TrainingSize) {
    this.#image = image;
    this.#size = size;
  }

  /**
   * Objects (bottom to top) as Ultralytics trains on them: label rows of 32-bit fractions, resampled to 1000 points
   * (`resample_segments`), cut off to whole pixels, filled (`polygon2mask`), made smaller, and laid over each other, the
   * smallest on top (`polygons2masks_overlap`).
   */
  mask(objects: readonly Polygons[]): TrainingMask {
    const { imgsz, maskRatio } = this.#size;
    const side = Math.floor(imgsz / maskRatio);
    const letterbox = letterboxOf(this.#image, imgsz);
    const rings = objects.map(flattened);
    const longest = rings.reduce((most, ring) => Math.max(most, ring.length / 2), 0);
    const count = longest > RESAMPLED ? longest + 1 : RESAMPLED;
    const patches = objects.map((polygons, i) => {
      const known = this.#patches.get(polygons);
      if (known?.count === count) return known.patch;
      const row = rowOf(rings[i] as Ring, this.#image);
      const patch = maskOf(placed(resampled(row, count), letterbox), imgsz, maskRatio);
      this.#patches.set(polygons, { count, patch });
      return patch;
    });
    const labels = new Int32Array(side * side);
    const order = patches
      .map((_, i) => i)
      .sort((a, b) => (patches[b] as Patch).area - (patches[a] as Patch).area);
    for (const i of order) lay(labels, side, patches[i] as Patch, i + 1);
    const pixels = new Array<number>(objects.length).fill(0);
    for (const label of labels) if (label > 0) pixels[label - 1] = (pixels[label - 1] as number) + 1;
    return { side, letterbox, labels, pixels };
  }
}

const RESAMPLED = 1000;
/** Behind the point in a label row. */
const DECIMALS = 8;

/** Fractions of the image's sides as they are read from the label file. */
function rowOf(ring: Ring, { width, height }: Size): Float32Array {
  return Float32Array.from(ring, (value, i) => {
    const share = Math.max(0, Math.min(1, value / (i % 2 === 0 ? width : height)));
    return Number(share.toFixed(DECIMALS));
  });
}

/** Points spread evenly over the ring's edges, with its own points where there is room for them. */
function resampled(row: Float32Array, count: number): Float32Array {
  const own = row.length / 2;
  if (own === count) return row;
  const keepsOwn = own + 1 < count;
  const spread = keepsOwn ? count - own - 1 : count;
  const step = own / (spread - 1);
  const at: number[] = [];
  let k = 0;
  for (let i = 0; i < spread; i++) {
    const t = i === spread - 1 ? own : i * step;
    for (; keepsOwn && k <= t; k++) at.push(k);
    at.push(t);
  }
  const out = new Float32Array(2 * at.length);
  for (let i = 0; i < at.length; i++) {
    const t = at[i] as number;
    const from = Math.min(own - 1, Math.floor(t));
    const to = from + 1 === own ? 0 : from + 1;
    for (let axis = 0; axis < 2; axis++) {
      const a = row[2 * from + axis] as number;
      const b = row[2 * to + axis] as number;
      out[2 * i + axis] = t === own ? b : (b - a) * (t - from) + a;
    }
  }
  return out;
}

/**
 * Whole pixels of the square, cut off as NumPy does, every step in 32 bits. Most of a small object's thousand points fall
 * on the pixel of the one before: these are left out, since they change nothing of what is filled.
 */
function placed(row: Float32Array, { width, height, left, top }: Letterbox): Int32Array {
  const out = new Int32Array(row.length);
  let n = 0;
  for (let i = 0; i < row.length; i += 2) {
    const x = Math.trunc(Math.fround(Math.fround((row[i] as number) * width) + left));
    const y = Math.trunc(Math.fround(Math.fround((row[i + 1] as number) * height) + top));
    if (n > 0 && x === out[n - 2] && y === out[n - 1]) continue;
    out[n++] = x;
    out[n++] = y;
  }
  return out.subarray(0, n);
}

/** Part of a mask: nothing of the object lies outside. */
type Patch = { x: number; y: number; width: number; height: number; mask: Uint8Array; area: number };

function maskOf(points: Int32Array, imgsz: number, ratio: number): Patch {
  const box = boxOfRing(Array.from(points));
  // Whole squares of the smaller mask, so that these come out as they would of the whole.
  const x = Math.floor(Math.max(0, box.minX) / ratio);
  const y = Math.floor(Math.max(0, box.minY) / ratio);
  const width = Math.min(imgsz / ratio, Math.floor(box.maxX / ratio) + 1) - x;
  const height = Math.min(imgsz / ratio, Math.floor(box.maxY / ratio) + 1) - y;
  const size = { width: width * ratio, height: height * ratio };
  const full = new Uint8Array(size.width * size.height);
  fillPolygon(
    full,
    size,
    points.map((value, i) => value - (i % 2 === 0 ? x : y) * ratio),
  );
  const mask = downsampled(full, size, ratio);
  return { x, y, width, height, mask, area: mask.reduce((sum, value) => sum + value, 0) };
}

function lay(labels: Int32Array, side: number, { x, y, width, height, mask }: Patch, label: number): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (mask[row * width + column] === 1) labels[(y + row) * side + x + column] = label;
    }
  }
}
