import type { PredictionFields } from "./queue";

/** What a prediction was asked for with, by the fingerprint of its file: after a reload the rest of the file is
 *  sent, and the prediction is started as the person had chosen. */
const KEY = "segloop-prediction-uploads";
/** Uploads that are not whole are dropped by the server after a day: so many are enough. */
const MOST_KEPT = 20;

type Kept = [fingerprint: string, fields: PredictionFields][];

function kept(): Kept {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(known) ? (known as Kept).filter((each) => Array.isArray(each)) : [];
  } catch {
    return [];
  }
}

function keep(entries: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries.slice(-MOST_KEPT)));
  } catch {
    // No room, or forbidden: the upload itself goes on.
  }
}

export function rememberFields(fingerprint: string, fields: PredictionFields): void {
  keep([...kept().filter(([other]) => other !== fingerprint), [fingerprint, fields]]);
}

export function forgetFields(fingerprint: string): void {
  keep(kept().filter(([other]) => other !== fingerprint));
}

export function recallFields(fingerprint: string): PredictionFields | undefined {
  return kept().find(([other]) => other === fingerprint)?.[1];
}
