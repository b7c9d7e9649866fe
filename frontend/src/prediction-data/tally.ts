/** What a cut leaves of a prediction, and which images a filter leaves, in which order. Pure; each is one pass over
 *  the columns, so that a slider asks no server. */
import type { Columns } from "./columns";
import { HIDDEN } from "./cut";

export type Tally = {
  /** Objects. */
  total: number;
  ofImage: Uint32Array;
  ofClass: Uint32Array;
  /** Images with an object of the class. */
  imagesOfClass: Uint32Array;
  /** Images with an object. */
  found: number;
  errors: number;
};

export function tallyOf(columns: Columns, thresholds: Uint16Array): Tally {
  const { start, classIndex, thousandths, imageCount, hasError } = columns;
  const tally: Tally = {
    total: 0,
    ofImage: new Uint32Array(imageCount),
    ofClass: new Uint32Array(thresholds.length),
    imagesOfClass: new Uint32Array(thresholds.length),
    found: 0,
    errors: 0,
  };
  // One more than the image in which the class was met last.
  const met = new Uint32Array(thresholds.length);
  for (let image = 0; image < imageCount; image++) {
    const end = start[image + 1] as number;
    let count = 0;
    for (let i = start[image] as number; i < end; i++) {
      const own = classIndex[i] as number;
      if ((thousandths[i] as number) < (thresholds[own] ?? HIDDEN)) continue;
      count++;
      (tally.ofClass[own] as number)++;
      if (met[own] === image + 1) continue;
      met[own] = image + 1;
      (tally.imagesOfClass[own] as number)++;
    }
    tally.ofImage[image] = count;
    tally.total += count;
    if (count > 0) tally.found++;
    if (hasError[image]) tally.errors++;
  }
  return tally;
}

export const SHOWS = ["all", "found", "nothing", "errors"] as const;
export type Show = (typeof SHOWS)[number];
export const ORDERS = ["position", "name", "most", "surest", "unsurest", "errors"] as const;
export type Order = (typeof ORDERS)[number];

export type Selection = { show: Show; classIndex: number; order: Order };

/** Images in the order of the gallery. `classIndex` -1: of any class. */
export function selectImages(
  columns: Columns,
  tally: Tally,
  thresholds: Uint16Array,
  { show, classIndex, order }: Selection,
): Uint32Array {
  const { imageCount, hasError, byName } = columns;
  const only = classIndex >= 0;
  const kept: number[] = [];
  for (let place = 0; place < imageCount; place++) {
    const image = order === "name" ? (byName[place] as number) : place;
    const isError = hasError[image] === 1;
    const count = tally.ofImage[image] as number;
    const isShown =
      show === "all" ||
      (show === "errors" ? isError : !isError && (show === "found" ? count > 0 : count === 0));
    if (isShown && (!only || holdsClass(columns, image, classIndex, thresholds[classIndex] ?? HIDDEN)))
      kept.push(image);
  }
  const images = Uint32Array.from(kept);
  const key = keyOf(columns, tally, thresholds, order);
  if (!key) return images;
  const keys = new Float64Array(imageCount);
  for (const image of images) keys[image] = key(image);
  return images.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
}

function holdsClass({ start, classIndex, thousandths }: Columns, image: number, own: number, least: number) {
  for (let i = start[image] as number; i < (start[image + 1] as number); i++)
    if (classIndex[i] === own && (thousandths[i] as number) >= least) return true;
  return false;
}

/** What an order sorts by, the least first; images in which nothing was found come last. */
function keyOf(
  columns: Columns,
  tally: Tally,
  thresholds: Uint16Array,
  order: Order,
): ((image: number) => number) | null {
  const kept = (image: number, pick: (confidence: number, best: number) => number, start: number) => {
    let best = start;
    for (let i = columns.start[image] as number; i < (columns.start[image + 1] as number); i++) {
      const confidence = columns.thousandths[i] as number;
      if (confidence >= (thresholds[columns.classIndex[i] as number] ?? HIDDEN))
        best = pick(confidence, best);
    }
    return best;
  };
  switch (order) {
    case "most":
      return (image) => -(tally.ofImage[image] as number);
    case "surest":
      return (image) => -kept(image, Math.max, -1);
    case "unsurest":
      return (image) => kept(image, Math.min, 2000);
    case "errors":
      return (image) => (columns.hasError[image] ? 0 : 1);
    default:
      return null;
  }
}

/** How many images hold 0, 1, 2 … objects; the last place holds all that have more. */
export function spreadOf({ ofImage }: Pick<Tally, "ofImage">, hasError: Uint8Array, most = 20): number[] {
  const spread: number[] = [];
  ofImage.forEach((count, image) => {
    if (hasError[image]) return;
    const place = Math.min(count, most);
    while (spread.length <= place) spread.push(0);
    (spread[place] as number)++;
  });
  return spread;
}

/** Objects by class (row) in hundredths of confidence (column), of everything that was kept. */
export function histogramOf({ classIndex, thousandths }: Columns, classCount: number): Uint32Array[] {
  const rows = Array.from({ length: classCount }, () => new Uint32Array(101));
  for (let i = 0; i < classIndex.length; i++) {
    const row = rows[classIndex[i] as number];
    if (row) (row[Math.floor((thousandths[i] as number) / 10)] as number)++;
  }
  return rows;
}

/** Objects by class over the frames of a video, in `bins` equal parts: the mean of the frames of each. */
export function overTime(columns: Columns, thresholds: Uint16Array, bins = 300) {
  const { timeMs, start, classIndex, thousandths, imageCount } = columns;
  const last = timeMs ? (timeMs[imageCount - 1] ?? 0) : imageCount - 1;
  const width = (last + 1) / bins;
  const frames = new Uint32Array(bins);
  const sums = Array.from(thresholds, () => new Float64Array(bins));
  for (let image = 0; image < imageCount; image++) {
    const bin = Math.min(bins - 1, Math.floor((timeMs ? (timeMs[image] as number) : image) / width));
    (frames[bin] as number)++;
    for (let i = start[image] as number; i < (start[image + 1] as number); i++) {
      const own = classIndex[i] as number;
      const row = sums[own];
      if (row && (thousandths[i] as number) >= (thresholds[own] as number)) (row[bin] as number)++;
    }
  }
  return {
    at: Array.from({ length: bins }, (_, bin) => (bin + 0.5) * width),
    means: sums.map((row) => Array.from(row, (sum, bin) => (frames[bin] ? sum / frames[bin] : null))),
  };
}
