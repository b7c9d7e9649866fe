/** What the results and the predictions of a run keep in their addresses, so that one leads to the other
 *  at the same position of the slider. */
import { ANY, ERROR_FILTERS, OUTCOME_FILTERS, type Selection, SIZE_FILTERS } from "@/review-data/select";
import { type Codec, numberIn, oneOf, writeParams } from "@/lib/urlState";

export const DEFAULT_IOU = 0.5;
/** Ultralytics' matrix is drawn at 0.45; below 0.10 no pair is stored. */
export const IOU_CHOICES = [0.1, 0.3, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/** A number between 0 and 1, or none. The best F1 has many digits, and with fewer another object counts. */
export const maybeShare: Codec<number | null> = {
  parse: (raw) => {
    const value = raw === null || raw.trim() === "" ? Number.NaN : Number(raw);
    return value >= 0 && value <= 1 ? value : null;
  },
  format: (value) => (value === null ? null : String(Number(value.toFixed(6)))),
};

/** "0.5-0.7": a band within 0 … 1, or none. */
export const band: Codec<readonly [number, number] | null> = {
  parse: (raw) => {
    const [, from, to] = /^([01](?:\.\d+)?)-([01](?:\.\d+)?)$/.exec(raw ?? "") ?? [];
    const pair = [Number(from), Number(to)] as const;
    return pair[0] >= 0 && pair[0] <= pair[1] && pair[1] <= 1 ? pair : null;
  },
  format: (value) => (value === null ? null : value.map((end) => Number(end.toFixed(2))).join("-")),
};

/** "2-0": a cell of the matrix, predicted and labelled, or none; "any-0": its column. */
export const cell: Codec<readonly [number, number] | null> = {
  parse: (raw) => {
    const [, predicted, labelled] = /^(\d{1,5}|any)-(\d{1,5}|any)$/.exec(raw ?? "") ?? [];
    const side = (text: string | undefined) => (text === "any" ? ANY : Number(text));
    return predicted === undefined ? null : [side(predicted), side(labelled)];
  },
  format: (value) => (value === null ? null : value.map((side) => (side === ANY ? "any" : side)).join("-")),
};

/** Which evaluation, and where the slider stands; without a confidence, at the best F1. */
export const POSITION = {
  evaluation: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
  basis: oneOf(["mask", "box"] as const, "mask"),
  iou: numberIn(0.1, 0.95, DEFAULT_IOU, 2),
  confidence: maybeShare,
};
export type Position = { [K in keyof typeof POSITION]: ReturnType<(typeof POSITION)[K]["parse"]> };

export const SELECTION = {
  outcome: oneOf(OUTCOME_FILTERS, "all"),
  class: numberIn(-1, 100_000, -1, 0),
  cell,
  error: oneOf(ERROR_FILTERS, "all"),
  size: oneOf(SIZE_FILTERS, "all"),
  pairs: band,
  sure: band,
  view: oneOf(["images", "objects"] as const, "images"),
};
export type SelectionAddress = { [K in keyof typeof SELECTION]: ReturnType<(typeof SELECTION)[K]["parse"]> };

export function selectionOf(address: SelectionAddress): Selection {
  const { outcome, class: only, error, size, pairs, sure } = address;
  return { outcome, class: only, cell: address.cell, error, size, iou: pairs, confidence: sure };
}

/** The objects behind a number: the predictions page, at this position, with these filters. */
export function objectsAddress(
  run: number,
  position: Position,
  selection: Partial<SelectionAddress> = {},
): string {
  const at = writeParams(POSITION, new URLSearchParams(), position);
  const params = writeParams(SELECTION, at, { view: "objects", ...selection });
  return `/runs/${run}/predictions?${params}`;
}
