/** What a model got right and wrong at one confidence, counted in one pass over the columns.
 *
 *  A match holds at every confidence (see columns.ts), so a threshold only masks predictions. Nothing is
 *  allocated for an object: a slider calls `fillTally` at every frame. */
import type { Columns } from "./columns";

/** What became of an object. ABSENT: a prediction that is not confident enough to count. */
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
  iouSum: Float64Array;
};

export function makeTally({ classNames, imageCount }: Columns): Tally {
  const size = classNames.length + 1;
  return {
    confidence: Number.NaN,
    size,
    counts: new Int32Array(size * size),
    truePositives: new Int32Array(imageCount),
    falsePositives: new Int32Array(imageCount),
    falseNegatives: new Int32Array(imageCount),
    wrongClass: new Int32Array(imageCount),
    iouSum: new Float64Array(imageCount),
  };
}

/** Counts anew at `confidence`; predictions above it count, those at it do not, as on the server. */
export function fillTally(tally: Tally, columns: Columns, confidence: number): Tally {
  const { counts, size, truePositives, falsePositives, falseNegatives, wrongClass, iouSum } = tally;
  const { labels, predictions } = columns;
  const background = size - 1;
  const threshold = Math.fround(confidence);
  for (const array of [counts, truePositives, falsePositives, falseNegatives, wrongClass, iouSum])
    array.fill(0);
  for (let p = 0; p < predictions.count; p++) {
    if ((predictions.confidence[p] as number) <= threshold) continue;
    const image = predictions.image[p] as number;
    const predicted = predictions.class[p] as number;
    const label = predictions.match[p] as number;
    const labelled = label < 0 ? background : (labels.class[label] as number);
    (counts[predicted * size + labelled] as number)++;
    if (label < 0) (falsePositives[image] as number)++;
    else if (labelled === predicted) {
      (truePositives[image] as number)++;
      (iouSum[image] as number) += predictions.iou[p] as number;
    } else (wrongClass[image] as number)++;
  }
  for (let l = 0; l < labels.count; l++) {
    const prediction = labels.match[l] as number;
    if (prediction >= 0 && (predictions.confidence[prediction] as number) > threshold) continue;
    (counts[background * size + (labels.class[l] as number)] as number)++;
    (falseNegatives[labels.image[l] as number] as number)++;
  }
  tally.confidence = confidence;
  return tally;
}

/** `threshold` here and below: a confidence in the precision of the columns, `Math.fround` of a number. */
export function outcomeOfPrediction({ labels, predictions }: Columns, p: number, threshold: number): number {
  if ((predictions.confidence[p] as number) <= threshold) return ABSENT;
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

/** Counts and rates of a class, or of all. A wrong class is false for the one and missed for the other. */
export type Rates = {
  labels: number;
  predictions: number;
  truePositives: number;
  /** Null where there is nothing to divide by. */
  precision: number | null;
  recall: number | null;
  f1: number | null;
};

function ratesOf(truePositives: number, predictions: number, labels: number): Rates {
  return {
    labels,
    predictions,
    truePositives,
    precision: predictions > 0 ? truePositives / predictions : null,
    recall: labels > 0 ? truePositives / labels : null,
    f1: labels + predictions > 0 ? (2 * truePositives) / (labels + predictions) : null,
  };
}

/** Rates of each class, in the order of the classes. */
export function classRates({ counts, size }: Tally): Rates[] {
  return Array.from({ length: size - 1 }, (_, index) => {
    let predictions = 0;
    let labels = 0;
    for (let other = 0; other < size; other++) {
      predictions += counts[index * size + other] as number;
      labels += counts[other * size + index] as number;
    }
    return ratesOf(counts[index * size + index] as number, predictions, labels);
  });
}

/** Rates over all objects, whatever their class. */
export function totalRates(tally: Tally): Rates {
  let [truePositives, predictions, labels] = [0, 0, 0];
  for (const rates of classRates(tally)) {
    truePositives += rates.truePositives;
    predictions += rates.predictions;
    labels += rates.labels;
  }
  return ratesOf(truePositives, predictions, labels);
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
