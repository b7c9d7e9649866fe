/** Which objects and images a person asks for, the worst first. */
import type { Columns } from "./columns";
import {
  ABSENT,
  FN,
  FP,
  imageQuality,
  outcomeOfLabel,
  outcomeOfPrediction,
  type Tally,
  TP,
  WRONG_CLASS,
} from "./tally";

export const OUTCOME_FILTERS = [
  "all",
  "missed",
  "false",
  "wrong_class",
  "low_iou",
  "right",
  "labelled",
  "predicted",
] as const;
export type OutcomeFilter = (typeof OUTCOME_FILTERS)[number];
export const SIZE_FILTERS = ["all", "small", "medium", "large"] as const;
export type SizeFilter = (typeof SIZE_FILTERS)[number];

/** COCO's borders between small, medium and large objects, in pixels of the stored image. */
export const MEDIUM_FROM_AREA = 32 ** 2;
export const LARGE_FROM_AREA = 96 ** 2;
/** A right detection that overlaps its label less than this is called loose. */
const LOW_IOU = 0.7;

/** In the server's order; the last is of labels, the others of predictions. */
const ERROR_KINDS = ["classification", "localisation", "both", "duplicate", "background", "missed"] as const;
export const ERROR_FILTERS = ["all", ...ERROR_KINDS] as const;
type ErrorFilter = (typeof ERROR_FILTERS)[number];

/** In a cell: whatever was predicted, or labelled. */
export const ANY = -1;

export type Selection = {
  outcome: OutcomeFilter;
  /** A class index, on either side of a match; -1 for every class. */
  class: number;
  /** A cell of the matrix, [predicted, labelled]; the background is the number of classes. With ANY it is
   *  a row or a column. */
  cell: readonly [number, number] | null;
  /** A kind of error of masks at IoU 0.50, whatever the outcome is at the IoU of the columns. */
  error: ErrorFilter;
  size: SizeFilter;
  /** Only pairs whose IoU lies between; null asks of no pair. */
  iou: readonly [number, number] | null;
  /** Only predictions, and labels that they found, between these confidences. */
  confidence: readonly [number, number] | null;
};

export const EVERYTHING: Selection = {
  outcome: "all",
  class: -1,
  cell: null,
  error: "all",
  size: "all",
  iou: null,
  confidence: null,
};

/** An object is one number: a prediction its index, a label that nothing found the complement (~) of its index. */
export const isPrediction = (object: number): boolean => object >= 0;
export const indexOf = (object: number): number => (object >= 0 ? object : ~object);

/** Called with each object that the selection leaves, and what became of it. A matched pair is one
 *  object, told by its prediction. */
function eachObject(
  columns: Columns,
  selection: Selection,
  confidence: number,
  visit: (object: number, outcome: number, image: number) => void,
): void {
  const { labels, predictions } = columns;
  const threshold = Math.fround(confidence);
  const wants = wanted(selection.outcome);
  const lowOnly = selection.outcome === "low_iou";
  const { class: only, cell } = selection;
  const background = columns.classNames.length;
  const anySize = selection.size === "all";
  const [least, most] = areaLimits(selection.size);
  const kind = selection.error === "all" ? null : ERROR_KINDS.indexOf(selection.error);
  const [lowest, highest] = selection.confidence ?? [-1, 2];
  const [loosest, tightest] = selection.iou ?? [-1, 2];
  for (let p = 0; p < predictions.count; p++) {
    const outcome = outcomeOfPrediction(columns, p, threshold);
    if (outcome === ABSENT || !wants[outcome]) continue;
    if (kind !== null && predictions.error[p] !== kind) continue;
    const label = predictions.match[p] as number;
    const predicted = predictions.class[p] as number;
    const labelled = label < 0 ? background : (labels.class[label] as number);
    if (only >= 0 && predicted !== only && labelled !== only) continue;
    if (cell && !isOf(cell, predicted, labelled)) continue;
    const sure = predictions.confidence[p] as number;
    if (sure < lowest || sure > highest) continue;
    const iou = predictions.iou[p] as number;
    if (selection.iou && (label < 0 || iou < loosest || iou > tightest)) continue;
    if (lowOnly && iou >= LOW_IOU) continue;
    const area = label < 0 ? (predictions.area[p] as number) : (labels.area[label] as number);
    if (!anySize && !(area >= least && area < most)) continue;
    visit(p, outcome, predictions.image[p] as number);
  }
  // What was missed has no partner, so it has neither confidence nor IoU.
  if (!wants[FN] || selection.confidence || selection.iou || (kind !== null && kind !== MISSED)) return;
  const aimedAt = kind === null ? null : labelsAimedAt(columns, threshold);
  for (let l = 0; l < labels.count; l++) {
    if (aimedAt ? aimedAt[l] : outcomeOfLabel(columns, l, threshold) !== FN) continue;
    const labelled = labels.class[l] as number;
    if (only >= 0 && labelled !== only) continue;
    if (cell && !isOf(cell, background, labelled)) continue;
    const area = labels.area[l] as number;
    if (!anySize && !(area >= least && area < most)) continue;
    visit(~l, FN, labels.image[l] as number);
  }
}

const MISSED = ERROR_KINDS.indexOf("missed");

function isOf([predicted, labelled]: readonly [number, number], row: number, column: number): boolean {
  return (predicted === ANY || predicted === row) && (labelled === ANY || labelled === column);
}

/** Labels that a present prediction found, or aims at with the wrong class or outline. */
function labelsAimedAt({ labels, predictions }: Columns, threshold: number): Uint8Array {
  const aimedAt = new Uint8Array(labels.count);
  for (let p = 0; p < predictions.count; p++) {
    const target = predictions.target[p] as number;
    if (target >= 0 && (predictions.confidence[p] as number) > threshold) aimedAt[target] = 1;
  }
  return aimedAt;
}

const CODES: Record<OutcomeFilter, readonly number[]> = {
  all: [TP, FP, FN, WRONG_CLASS],
  missed: [FN],
  false: [FP],
  wrong_class: [WRONG_CLASS],
  low_iou: [TP],
  right: [TP],
  labelled: [TP, FN, WRONG_CLASS],
  predicted: [TP, FP, WRONG_CLASS],
};

function wanted(outcome: OutcomeFilter): boolean[] {
  const wants = [false, false, false, false];
  for (const code of CODES[outcome]) wants[code] = true;
  return wants;
}

function areaLimits(size: SizeFilter): readonly [number, number] {
  if (size === "small") return [0, MEDIUM_FROM_AREA];
  return size === "medium" ? [MEDIUM_FROM_AREA, LARGE_FROM_AREA] : [LARGE_FROM_AREA, Infinity];
}

/** How right an object is, 0 … 1, in the server's order: false positives, then wrong classes, the most
 *  confident of each first; then what was missed, the largest first; then the right ones, the loosest first. */
function rightness(columns: Columns, object: number, outcome: number): number {
  if (outcome === FN) {
    const area = columns.labels.area[~object] as number;
    return (2 + LARGE_FROM_AREA / ((area || 0) + LARGE_FROM_AREA)) / 4;
  }
  if (outcome === TP) return (3 + (columns.predictions.iou[object] as number)) / 4;
  const doubt = 1 - (columns.predictions.confidence[object] as number);
  return ((outcome === FP ? 0 : 1) + doubt) / 4;
}

/** Objects that the selection leaves, the worst first; of equally wrong ones the first of the columns. */
export function selectObjects(columns: Columns, selection: Selection, confidence: number): Int32Array {
  const { labels, predictions } = columns;
  // Sorted as numbers, which engines do natively: how right it is, then which one it is.
  const keys = new Float64Array(predictions.count + labels.count);
  let count = 0;
  eachObject(columns, selection, confidence, (object, outcome) => {
    const place = object >= 0 ? object : predictions.count + ~object;
    keys[count++] = sortKey(rightness(columns, object, outcome), place);
  });
  const sorted = keys.subarray(0, count).sort();
  const objects = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const place = placeOf(sorted[i] as number);
    objects[i] = place < predictions.count ? place : ~(place - predictions.count);
  }
  return objects;
}

export type ImageOrder = "worst" | "name";

/** Images that hold an object of the selection (every image, where nothing is asked for), the worst
 *  (lowest panoptic quality, then most errors) first or by name. `tally` holds for its own confidence. */
export function selectImages(
  columns: Columns,
  selection: Selection,
  tally: Tally,
  order: ImageOrder,
): Int32Array {
  const holds = new Uint8Array(columns.imageCount);
  if (isEverything(selection)) holds.fill(1);
  else
    eachObject(columns, selection, tally.confidence, (_, __, image) => {
      holds[image] = 1;
    });
  const keys = new Float64Array(columns.imageCount);
  let count = 0;
  for (let image = 0; image < columns.imageCount; image++) {
    if (!holds[image]) continue;
    const place = columns.placeByName[image] as number;
    keys[count++] = order === "name" ? place : sortKey(goodness(tally, image), place);
  }
  const sorted = keys.subarray(0, count).sort();
  const images = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const key = sorted[i] as number;
    images[i] = columns.imageByName[order === "name" ? key : placeOf(key)] as number;
  }
  return images;
}

/** Quality in steps of 1/4096, and within a step the fewer errors the better. */
function goodness(tally: Tally, image: number): number {
  const errors =
    (tally.falsePositives[image] as number) +
    (tally.falseNegatives[image] as number) +
    (tally.wrongClass[image] as number);
  return (Math.floor(imageQuality(tally, image) * 4095) + 1 / (1 + errors)) / 4096;
}

export function isEverything({
  outcome,
  class: only,
  cell,
  error,
  size,
  iou,
  confidence,
}: Selection): boolean {
  return outcome === "all" && only < 0 && !cell && error === "all" && size === "all" && !iou && !confidence;
}

// A double holds 53 bits: 22 of the rank and 31 of the place.
const PLACES = 2 ** 31;
const RANKS = 2 ** 22 - 1;

function sortKey(share: number, place: number): number {
  return Math.floor(Math.min(1, Math.max(0, share)) * RANKS) * PLACES + place;
}

function placeOf(key: number): number {
  return key % PLACES;
}
