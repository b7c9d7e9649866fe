/** What of the player stands in its address; confidences and classes as on the page of a prediction on images. */
import { flag, numberIn, oneOf } from "@/lib/urlState";
import { confidences, indexes } from "../results/address";
import type { Shown } from "./shown";

export const ADDRESS = {
  /** -1: as the person asked when they predicted. */
  confidence: numberIn(0, 1, -1),
  at: confidences,
  off: indexes,
  by: oneOf(["class", "track"], "class"),
  names: flag(),
  /** Position of the frame. */
  frame: numberIn(0, 1e9, 0, 0),
  track: numberIn(-1, 1e9, -1, 0),
};

/** Equal for two views that the address cannot tell apart. */
export function shownKey({ confidence, ofClass, hidden }: Shown): string {
  return [confidence.toFixed(3), confidences.format([...ofClass]), indexes.format([...hidden])].join(" ");
}
