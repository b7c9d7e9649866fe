/** What a model got right and wrong at one confidence, counted from where the slider stood before.
 *
 *  A match holds at every confidence (see columns.ts), so a threshold only masks predictions: a move
 *  changes those between the old and the new one, and nothing else is read. A slider calls `fillTally`
 *  at every frame. */
import type { Columns } from "./columns";

/** What became of an object. ABSENT: a prediction that is not confident enough to count, or lies in an ignore region. */
export const TP = 0;
export const FP = 1;
export const FN = 2;
export const WRONG_CLASS = 3;
export const ABSENT = 4;

export type Tally = {
  confidence: number;
  /** Classes and the background, which is the last row and column. */
  size: number;
  /** `size` × `size`: row predicted, column labelled. */
  counts: Int32Array;
  /** Of each image; a wrong class is neither a false positive nor a false negative. */
  truePositives: Int32Array;
  falsePositives: Int32Array;
  falseNegatives: Int32Array;
  wrongClass: Int32Array;
  /** Sums and differences of so few single precision numbers are exact in double precision. */
  iouSum: Float64Array;
  /** Predictions by steps of confidence: those of step i begin at start[i] and end before start[i + 1]. */
  readonly steps: { readonly start: Int32Array; readonly predictions: Int32Array };
};

const STEPS = 1024;
const stepOf = (confidence: number): number =>
  Math.min(STEPS - 1, Math.max(0, Math.floor(confidence * STEPS)));

/** Counts at confidence 1, where everything is missed. */
export function makeTally(columns: Columns): Tally {
  const { classNames, imageCount, labels } = columns;
  const size = classNames.length + 1;
  const tally: Tally = {
    confidence: 1,
    size,
    counts: new Int32Array(size * size),
    truePositives: new Int32Array(imageCount),
    falsePositives: new Int32Array(imageCount),
    falseNegatives: new Int32Array(imageCount),
    wrongClass: new Int32Array(imageCount),
    iouSum: new Float64Array(imageCount),
    steps: sortIntoSteps(columns.predictions),
  };
  for (let l = 0; l < labels.count; l++) {
    (tally.counts[(size - 1) * size + (labels.class[l] as number)] as number)++;
    (tally.falseNegatives[labels.image[l] as number] as number)++;
  }
  return tally;
}

function sortIntoSteps({ count, confidence }: Columns["predictions"]): Tally["steps"] {
  const start = new Int32Array(STEPS + 1);
  for (let p = 0; p < count; p++) (start[stepOf(confidence[p] as number) + 1] as number)++;
  for (let step = 0; step < STEPS; step++) (start[step + 1] as number) += start[step] as number;
  const next = start.slice();
  const predictions = new Int32Array(count);
  for (let p = 0; p < count; p++) {
    const step = stepOf(confidence[p] as number);
    predictions[next[step] as number] = p;
    (next[step] as number)++;
  }
  return { start, predictions };
}

/** Counts at `confidence`; predictions above it count, those at it do not, as on the server. */
export function fillTally(tally: Tally, columns: Columns, confidence: number): Tally {
  const { start, predictions } = tally.steps;
  const [before, after] = [Math.fround(tally.confidence), Math.fround(confidence)];
  const [low, high] = [Math.min(before, after), Math.max(before, after)];
  const by = after < before ? 1 : -1;
  const end = start[stepOf(high) + 1] as number;
  for (let i = start[stepOf(low)] as number; i < end; i++) {
    const p = predictions[i] as number;
    const sure = columns.predictions.confidence[p] as number;
    if (sure > low && sure <= high) addPrediction(tally, columns, p, by);
  }
  tally.confidence = confidence;
  return tally;
}

/** Counts a prediction, or takes it out of the counts; the label that it found is missed without it. */
function addPrediction(tally: Tally, { labels, predictions }: Columns, p: number, by: 1 | -1): void {
  if (predictions.ignored[p]) return;
  const { counts, size } = tally;
  const image = predictions.image[p] as number;
  const predicted = predictions.class[p] as number;
  const label = predictions.match[p] as number;
  const labelled = label < 0 ? size - 1 : (labels.class[label] as number);
  (counts[predicted * size + labelled] as number) += by;
  if (label < 0) {
    (tally.falsePositives[image] as number) += by;
    return;
  }
  (counts[(size - 1) * size + labelled] as number) -= by;
  (tally.falseNegatives[image] as number) -= by;
  if (labelled === predicted) {
    (tally.truePositives[image] as number) += by;
    (tally.iouSum[image] as number) += by * (predictions.iou[p] as number);
  } else (tally.wrongClass[image] as number) += by;
}

/** `threshold` here and below: a confidence in the precision of the columns, `Math.fround` of a number. */
export function outcomeOfPrediction({ labels, predictions }: Columns, p: number, threshold: number): number {
  if ((predictions.confidence[p] as number) <= threshold || predictions.ignored[p]) return ABSENT;
  const label = predictions.match[p] as number;
  if (label < 0) return FP;
  return labels.class[label] === predictions.class[p] ? TP : WRONG_CLASS;
}

export function outcomeOfLabel({ labels, predictions }: Columns, l: number, threshold: number): number {
  const prediction = labels.match[l] as number;
  if (prediction < 0 || (predictions.confidence[prediction] as number) <= threshold) return FN;
  return labels.class[l] === predictions.class[prediction] ? TP : WRONG_CLASS;
}

/** Panoptic quality of an image (Kirillov et al. 2019, equation 1), 0 … 1; 1 where there is nothing. */
export function imageQuality(tally: Tally, image: number): number {
  const weight =
    (tally.truePositives[image] as number) +
    ((tally.falsePositives[image] as number) + (tally.falseNegatives[image] as number)) / 2 +
    (tally.wrongClass[image] as number);
  return weight > 0 ? (tally.iouSum[image] as number) / weight : 1;
}

/** Pairs whose classes differ. */
export function wrongClassCount({ counts, size }: Tally): number {
  let count = 0;
  for (let predicted = 0; predicted < size - 1; predicted++)
    for (let labelled = 0; labelled < size - 1; labelled++)
      if (predicted !== labelled) count += counts[predicted * size + labelled] as number;
  return count;
}

/** Shares of each labelled class: every column that holds something sums to 1. */
export function columnShares({ counts, size }: Tally): Float32Array {
  const shares = new Float32Array(size * size);
  for (let column = 0; column < size; column++) {
    let total = 0;
    for (let row = 0; row < size; row++) total += counts[row * size + column] as number;
    if (total === 0) continue;
    for (let at = column; at < counts.length; at += size) shares[at] = (counts[at] as number) / total;
  }
  return shares;
}

/** Predictions by confidence in equal bins of 0 … 1. It holds at every position of the slider. */
export type Histogram = { right: Int32Array; wrongClass: Int32Array; wrong: Int32Array };

export function confidenceHistogram({ labels, predictions }: Columns, bins: number): Histogram {
  const histogram = {
    right: new Int32Array(bins),
    wrongClass: new Int32Array(bins),
    wrong: new Int32Array(bins),
  };
  for (let p = 0; p < predictions.count; p++) {
    if (predictions.ignored[p]) continue;
    const bin = Math.min(bins - 1, Math.floor((predictions.confidence[p] as number) * bins));
    const label = predictions.match[p] as number;
    const into =
      label < 0
        ? histogram.wrong
        : labels.class[label] === predictions.class[p]
          ? histogram.right
          : histogram.wrongClass;
    (into[bin] as number)++;
  }
  return histogram;
}
