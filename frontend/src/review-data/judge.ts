/** One image at one confidence: what became of each of its objects, and which belong together. */
import type { Columns } from "./columns";
import { ABSENT, FN, FP, outcomeOfLabel, outcomeOfPrediction, TP, WRONG_CLASS } from "./tally";

type OutcomeName = "tp" | "fp" | "fn" | "wrong_class";
const NAMES: Record<number, OutcomeName> = {
  [TP]: "tp",
  [FP]: "fp",
  [FN]: "fn",
  [WRONG_CLASS]: "wrong_class",
};

export type Judged = {
  /** Its place among the labels or predictions of its image; the same at every confidence. */
  index: number;
  classIndex: number;
  outcome: OutcomeName;
  /** Of a prediction. */
  confidence: number | null;
  /** With its partner. */
  iou: number | null;
  /** The partner's place on the other side. */
  partner: number | null;
};

/** `ignored`: places of predictions that lie in ignore regions, and count nowhere. */
export type JudgedImage = { labels: Judged[]; predictions: Judged[]; ignored: number[] };

/** The least confidence at which an image is judged as it is at `confidence`: it stays the same, and nothing
 *  has to be judged or drawn again, until one of its predictions comes or goes. */
export function stepBelow({ predictions }: Columns, image: number, confidence: number): number {
  const threshold = Math.fround(confidence);
  for (let p = predictions.start[image] as number; p < (predictions.start[image + 1] as number); p++) {
    const sure = predictions.confidence[p] as number;
    if (sure <= threshold) return sure;
  }
  return 0;
}

/** Predictions that are confident enough come first in their image, so places stay true without the rest. */
export function judgeImage(columns: Columns, image: number, confidence: number): JudgedImage {
  const { labels, predictions } = columns;
  const threshold = Math.fround(confidence);
  const firstLabel = labels.start[image] as number;
  const firstPrediction = predictions.start[image] as number;
  const judged: JudgedImage = { labels: [], predictions: [], ignored: [] };
  for (let l = firstLabel; l < (labels.start[image + 1] as number); l++) {
    const outcome = outcomeOfLabel(columns, l, threshold);
    const partner = outcome === FN ? null : (labels.match[l] as number);
    judged.labels.push({
      index: l - firstLabel,
      classIndex: labels.class[l] as number,
      outcome: NAMES[outcome] as OutcomeName,
      confidence: null,
      iou: partner === null ? null : (predictions.iou[partner] as number),
      partner: partner === null ? null : partner - firstPrediction,
    });
  }
  for (let p = firstPrediction; p < (predictions.start[image + 1] as number); p++) {
    const outcome = outcomeOfPrediction(columns, p, threshold);
    if (outcome === ABSENT) {
      const isSure = (predictions.confidence[p] as number) > threshold;
      if (isSure && predictions.ignored[p]) judged.ignored.push(p - firstPrediction);
      continue;
    }
    const label = predictions.match[p] as number;
    judged.predictions.push({
      index: p - firstPrediction,
      classIndex: predictions.class[p] as number,
      outcome: NAMES[outcome] as OutcomeName,
      confidence: predictions.confidence[p] as number,
      iou: label < 0 ? null : (predictions.iou[p] as number),
      partner: label < 0 ? null : label - firstLabel,
    });
  }
  return judged;
}
