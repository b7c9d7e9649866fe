import { BIN_FILTERS, type BinFilter, type ImageFindingKind } from "@/api/insightFilters";
import type { ImageFilters } from "@/api/images";
import type { DatasetClass } from "@/api/types";

/** Cells of the heat map in a row and in a column. */
export const GRID = 8;
export const CELLS = GRID * GRID;

export const FINDING_WORDS: Record<ImageFindingKind, string> = {
  leak: "Near-duplicates across splits",
  duplicate: "The same file twice",
  torn_group: "A group in several splits",
  class_absent: "A class is absent from a split",
  overlapping: "Two outlines of one object",
  outside: "Outside the image",
  crossing: "Outlines that cross themselves",
  tiny: "Tiny objects",
  box: "Boxes that nobody outlined",
  size_outlier: "Objects of an odd size",
  aspect_outlier: "Objects of an odd shape",
  unseen: "Nobody has looked at them",
};
export const IMAGE_FINDINGS = Object.keys(FINDING_WORDS) as ImageFindingKind[];

/** The bins of the server (annotator/labels/figures/bins.py), by their places: it sends the same labels with
 *  the counts. */
export const BIN_LABELS: Record<Exclude<BinFilter, "cell">, readonly string[]> = {
  size: ["< 0.01 %", "0.01–0.1 %", "0.1–1 %", "1–5 %", "5–20 %", "> 20 %"],
  points: ["3–4", "5–8", "9–16", "17–32", "33–64", "65–128", "> 128"],
  aspect: ["< 1:5", "1:5–1:3", "1:3–1:2", "1:2–4:5", "square", "5:4–2:1", "2:1–3:1", "3:1–5:1", "> 5:1"],
  objects: ["0", "1", "2", "3–5", "6–10", "11–20", "21–50", "51–100", "> 100"],
  pixels: ["< 0.1", "0.1–0.3", "0.3–1", "1–2", "2–4", "4–8", "8–16", "> 16"],
  shape: ["< 1:2", "1:2–4:5", "square", "5:4–2:1", "> 2:1"],
  brightness: Array.from({ length: 10 }, (_, n) => `${10 * n}–${10 * n + 10} %`),
  sharpness: ["< 10", "10–30", "30–100", "100–300", "300–1,000", "1,000–3,000", "> 3,000"],
};

/** A chosen bin in words, as the filters of the grid show it. */
export function binWords(name: BinFilter, place: number): string {
  if (name === "cell") return `In row ${Math.floor(place / GRID) + 1}, column ${(place % GRID) + 1}`;
  const label = BIN_LABELS[name][place] ?? "";
  const words: Record<Exclude<BinFilter, "cell">, string> = {
    size: `Objects of ${label} of the image`,
    points: `Objects of ${label} points`,
    aspect: `Objects ${label} (width : height)`,
    objects: `${label} objects`,
    pixels: `${label} megapixels`,
    shape: `Images ${label} (width : height)`,
    brightness: `Brightness ${label}`,
    sharpness: `Sharpness ${label}`,
  };
  return words[name];
}

type Chosen = { words: string; reset: Partial<ImageFilters> };

/** The filters that the Insights page led to, each with what takes it away. */
export function chosenInsights(filters: ImageFilters, classList: readonly DatasetClass[]): Chosen[] {
  const chosen: Chosen[] = [];
  if (filters.finding)
    chosen.push({
      words: FINDING_WORDS[filters.finding] + (filters.set_aside ? " (set aside)" : ""),
      reset: { finding: "", set_aside: false },
    });
  for (const name of BIN_FILTERS)
    if (filters[name] >= 0)
      chosen.push({ words: binWords(name, filters[name]), reset: { [name]: -1 } });
  if (filters.with_class > 0) {
    const name = classList.find(({ id }) => id === filters.with_class)?.name ?? "another class";
    chosen.push({ words: `Together with ${name}`, reset: { with_class: 0 } });
  }
  return chosen;
}
