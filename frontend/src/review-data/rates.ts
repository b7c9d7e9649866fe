/** Precision, recall and F1 at one confidence: the only place in the browser that computes them, and the twin of
 *  training/evaluation/scores/operating.py; rates.cases.json binds the two.
 *
 *  A prediction and a label match whatever their classes; a wrong class is a false prediction of the one class
 *  and a miss of the other. Everything is a count: nothing is smoothed. */
import type { FigureReason } from "@/api/types";
import type { Columns } from "./columns";
import type { Tally } from "./tally";

export type Rate = "precision" | "recall" | "f1";
export type Rates = {
  labels: number;
  predictions: number;
  truePositives: number;
  /** Null where `reason` says why. */
  precision: number | null;
  recall: number | null;
  f1: number | null;
  reason: FigureReason;
};

/** Of the two averages of one confidence: every class weighs the same, or every object does. */
export const AVERAGES = ["classes", "objects"] as const;
export type Average = (typeof AVERAGES)[number];
export const AVERAGE_WORDS: Record<Average, string> = {
  classes: "mean of classes",
  objects: "all objects",
};

export const MATCH_RULE =
  "A prediction and a label match whatever their classes; a wrong class is a false prediction of the one class and a miss of the other.";

function ratesOf(truePositives: number, predictions: number, labels: number): Rates {
  const counts = { labels, predictions, truePositives };
  if (labels === 0)
    return { ...counts, precision: null, recall: null, f1: null, reason: "nothing_to_measure" };
  if (predictions === 0)
    return { ...counts, precision: null, recall: null, f1: null, reason: "nothing_found" };
  return {
    ...counts,
    precision: truePositives / predictions,
    recall: truePositives / labels,
    f1: (2 * truePositives) / (labels + predictions),
    reason: "",
  };
}

/** Rates of each class, in the order of the classes. */
export function classRates({ counts, size }: Pick<Tally, "counts" | "size">): Rates[] {
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

/** Rates of everything, as one average or the other; the counts are of all objects in both. In the mean a class
 *  without labels is left out, and one of which nothing is predicted counts as 0. */
export function averageRates(classes: readonly Rates[], average: Average): Rates {
  let [truePositives, predictions, labels] = [0, 0, 0];
  for (const rates of classes) {
    truePositives += rates.truePositives;
    predictions += rates.predictions;
    labels += rates.labels;
  }
  const all = ratesOf(truePositives, predictions, labels);
  if (average === "objects" || all.reason) return all;
  const own = classes.filter((rates) => rates.labels > 0);
  const mean = (rate: Rate) => own.reduce((sum, rates) => sum + (rates[rate] ?? 0), 0) / own.length;
  return { ...all, precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}

/** Rates at every one of `steps` + 1 confidences from 0 to 1, of predictions above it; null where nothing is
 *  predicted. Confidences below the floor of the columns have the rates of the floor. */
export type RateCurves = {
  confidence: number[];
  perClass: { class: number; precision: number[]; recall: number[]; f1: number[] }[];
  average: Record<Average, Record<Rate, (number | null)[]>>;
};

export function rateCurves(columns: Columns, steps = 1000): RateCurves {
  const classCount = columns.classNames.length;
  const counts = countSteps(columns, steps);
  const shown = Array.from({ length: classCount }, (_, index) => index).filter(
    (index) => (counts.labels[index] as number) > 0,
  );
  const empty = (): Record<Rate, (number | null)[]> => ({ precision: [], recall: [], f1: [] });
  const curves: RateCurves = {
    confidence: Array.from({ length: steps + 1 }, (_, step) => step / steps),
    perClass: shown.map((index) => ({ class: index, precision: [], recall: [], f1: [] })),
    average: { classes: empty(), objects: empty() },
  };
  for (let step = 0; step <= steps; step++) {
    const classes = Array.from({ length: classCount }, (_, index) => {
      const at = index * (steps + 1) + step;
      return ratesOf(
        counts.right[at] as number,
        counts.predicted[at] as number,
        counts.labels[index] as number,
      );
    });
    for (const row of curves.perClass)
      for (const rate of RATES) row[rate].push(classes[row.class]?.[rate] ?? 0);
    for (const average of AVERAGES) {
      const rates = averageRates(classes, average);
      for (const rate of RATES) curves.average[average][rate].push(rates[rate]);
    }
  }
  return curves;
}

const RATES = ["precision", "recall", "f1"] as const;

function countSteps({ labels, predictions, classNames }: Columns, steps: number) {
  const width = steps + 1;
  const right = new Int32Array(classNames.length * width);
  const predicted = new Int32Array(classNames.length * width);
  const labelled = new Int32Array(classNames.length);
  for (let l = 0; l < labels.count; l++) (labelled[labels.class[l] as number] as number)++;
  for (let p = 0; p < predictions.count; p++) {
    if (predictions.ignored[p]) continue;
    const own = predictions.class[p] as number;
    const label = predictions.match[p] as number;
    // It counts at every confidence below its own.
    let step = Math.min(steps, Math.ceil((predictions.confidence[p] as number) * steps));
    while (step > 0 && Math.fround(step / steps) >= (predictions.confidence[p] as number)) step--;
    const at = own * width + step;
    (predicted[at] as number)++;
    if (label >= 0 && labels.class[label] === own) (right[at] as number)++;
  }
  for (let c = 0; c < classNames.length; c++)
    for (let step = steps - 1; step >= 0; step--) {
      (predicted[c * width + step] as number) += predicted[c * width + step + 1] as number;
      (right[c * width + step] as number) += right[c * width + step + 1] as number;
    }
  return { right, predicted, labels: labelled };
}

/** The confidence with the highest F1 of an average, in thousandths from the floor on: the middle of several in a
 *  row, the first row of several; the floor where nothing is right. */
export function bestConfidence({ confidence, average }: RateCurves, of: Average, floor: number): number {
  const f1 = average[of].f1;
  const first = Math.round(floor * (confidence.length - 1));
  let most = 0;
  for (let step = first; step < f1.length - 1; step++) most = Math.max(most, f1[step] ?? 0);
  if (most === 0) return floor;
  const isBest = (step: number) => step < f1.length - 1 && (f1[step] ?? 0) >= most - 1e-12;
  let begin = first;
  while (!isBest(begin)) begin++;
  let end = begin;
  while (isBest(end)) end++;
  return confidence[begin + Math.floor((end - begin - 1) / 2)] as number;
}
