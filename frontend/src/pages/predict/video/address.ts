/** What of the player stands in its address, and what of it downloads carry along. */
import { formatThreshold } from "@/lib/figures";
import { flag, numberIn, oneOf, type Read, text } from "@/lib/urlState";
import type { Shown } from "./shown";

/** All classes; "" is none. */
const ALL = "all";

export const ADDRESS = {
  confidence: numberIn(0, 1, -1),
  confidences: text(),
  classes: text(ALL),
  at: numberIn(0, 1e9, 0, 0),
  color: oneOf(["class", "track"], "class"),
  names: flag(),
  track: numberIn(-1, 1e9, -1, 0),
};
export type Address = Read<typeof ADDRESS>;

export function shownOf(
  address: Pick<Address, "confidence" | "confidences" | "classes">,
  of: { confidence: number; floor: number; classCount: number },
): Shown {
  const listed = new Set(parseIndices(address.classes));
  const hidden = [...Array(of.classCount).keys()].filter(
    (index) => address.classes !== ALL && !listed.has(index),
  );
  return {
    confidence: address.confidence < 0 ? Math.max(of.floor, of.confidence) : address.confidence,
    ofClass: parseConfidences(address.confidences),
    hidden: new Set(hidden),
  };
}

export function addressOf(
  shown: Shown,
  classCount: number,
): Pick<Address, "confidence" | "confidences" | "classes"> {
  const on = [...Array(classCount).keys()].filter((index) => !shown.hidden.has(index));
  return {
    confidence: shown.confidence,
    confidences: formatConfidences(shown.ofClass),
    classes: shown.hidden.size === 0 ? ALL : on.join(","),
  };
}

/** As the server's downloads name them. */
export function downloadQuery(shown: Shown, classCount: number): string {
  const { confidences, classes } = addressOf(shown, classCount);
  const query = new URLSearchParams({ confidence: formatThreshold(shown.confidence) });
  if (confidences) query.set("confidences", confidences);
  if (classes !== ALL) query.set("classes", classes);
  return query.toString();
}

/** "2:0.5,7:0.125": index of the class and its confidence. */
export function formatConfidences(ofClass: ReadonlyMap<number, number>): string {
  return [...ofClass]
    .sort(([a], [b]) => a - b)
    .map(([index, confidence]) => `${index}:${Number(confidence.toFixed(3))}`)
    .join(",");
}

/** Reads what `formatConfidences` writes; anything else in it is passed over. */
export function parseConfidences(raw: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const part of raw.split(",")) {
    const match = /^(\d{1,5}):(\d(?:\.\d+)?)$/.exec(part);
    if (match) found.set(Number(match[1]), Math.min(1, Number(match[2])));
  }
  return found;
}

function parseIndices(raw: string): number[] {
  return raw
    .split(",")
    .filter((part) => /^\d{1,5}$/.test(part))
    .map(Number);
}
