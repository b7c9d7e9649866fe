/** What the page of a prediction keeps in its address. */
import { type Codec, numberIn, oneOf, text } from "@/lib/urlState";
import type { Cut } from "@/prediction-data/cut";
import { COLOURINGS } from "@/prediction-data/looks";
import { ORDERS, SHOWS } from "@/prediction-data/tally";

const INDEX = /^\d{1,5}$/;

/** "0,2": class indexes. */
export const indexes: Codec<readonly number[]> = {
  parse: (raw) =>
    (raw ?? "")
      .split(",")
      .filter((part) => INDEX.test(part))
      .map(Number),
  format: (value) => (value.length > 0 ? value.join(",") : null),
};

/** "0:0.5,2:0.25": class index and confidence. */
export const confidences: Codec<readonly (readonly [number, number])[]> = {
  parse: (raw) =>
    (raw ?? "").split(",").flatMap((part) => {
      const [index = "", value = ""] = part.split(":");
      const confidence = value.trim() === "" ? Number.NaN : Number(value);
      return INDEX.test(index) && confidence >= 0 && confidence <= 1
        ? [[Number(index), confidence] as const]
        : [];
    }),
  format: (value) =>
    value.length > 0
      ? value.map(([index, confidence]) => `${index}:${Number(confidence.toFixed(3))}`).join(",")
      : null,
};

export const ADDRESS = {
  /** -1: as the person asked when they predicted. */
  confidence: numberIn(0, 1, -1),
  at: confidences,
  off: indexes,
  show: oneOf(SHOWS, "all"),
  class: numberIn(-1, 65_535, -1, 0),
  order: oneOf(ORDERS, "position"),
  by: oneOf(COLOURINGS, "class"),
  tab: oneOf(["images", "counts"] as const, "images"),
  image: text(),
};
export type Address = { [K in keyof typeof ADDRESS]: ReturnType<(typeof ADDRESS)[K]["parse"]> };

export function cutOf(address: Pick<Address, "at" | "off">, confidence: number): Cut {
  return { confidence, ofClass: new Map(address.at), hidden: new Set(address.off) };
}
