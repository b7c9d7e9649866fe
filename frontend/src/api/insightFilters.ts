import type { components } from "./schema";

/** Findings that images have: one about classes alone is none. */
export type ImageFindingKind = components["schemas"]["FindingEnum"];

/** Filters behind the bars and findings of the Insights page; a bin is told by its place, -1 for none. */
export type InsightFilters = {
  finding: ImageFindingKind | "";
  /** With `finding`: those that somebody said are fine, and not the others. */
  set_aside: boolean;
  /** A class id besides `class`, 0 for none. */
  with_class: number;
} & Record<BinFilter, number>;

export const BIN_FILTERS = [
  "size",
  "points",
  "aspect",
  "cell",
  "objects",
  "pixels",
  "shape",
  "brightness",
  "sharpness",
] as const;
export type BinFilter = (typeof BIN_FILTERS)[number];

export const NO_INSIGHTS: InsightFilters = {
  finding: "",
  set_aside: false,
  with_class: 0,
  size: -1,
  points: -1,
  aspect: -1,
  cell: -1,
  objects: -1,
  pixels: -1,
  shape: -1,
  brightness: -1,
  sharpness: -1,
};

/** As the server reads them; what is not chosen is not sent. */
export function insightQuery(filters: InsightFilters) {
  const bin = (name: BinFilter) => (filters[name] >= 0 ? filters[name] : undefined);
  return {
    finding: filters.finding || undefined,
    set_aside: (filters.finding !== "" && filters.set_aside) || undefined,
    with_class: filters.with_class || undefined,
    size: bin("size"),
    points: bin("points"),
    aspect: bin("aspect"),
    cell: bin("cell"),
    objects: bin("objects"),
    pixels: bin("pixels"),
    shape: bin("shape"),
    brightness: bin("brightness"),
    sharpness: bin("sharpness"),
  };
}
