import type { PerSplit, SplitLine } from "@/api/types";

export const SPLITS = ["train", "val", "test"] as const;
export type Ratios = Record<(typeof SPLITS)[number], number>;

export const DEFAULT_RATIOS: Ratios = { train: 70, val: 20, test: 10 };

/** What is wrong with shares, in a sentence; null where nothing is. */
export function problemOf(ratios: Ratios): string | null {
  const sum = SPLITS.reduce((total, split) => total + ratios[split], 0);
  if (SPLITS.some((split) => ratios[split] < 0 || !Number.isInteger(ratios[split])))
    return "A share is a whole number of percent.";
  return sum === 100 ? null : `The shares make ${sum} %; they have to make 100 %.`;
}

/** Lines whose class is missing in a split that has images, although it has images enough. */
export function missingIn(line: SplitLine, images: PerSplit): (typeof SPLITS)[number][] {
  return SPLITS.filter((split) => images[split] > 0 && line.images_after[split] === 0);
}

/** "+12", "−3", or nothing where nothing changes. */
export function change(before: number, after: number): string {
  if (after === before) return "";
  return after > before ? `+${after - before}` : `−${before - after}`;
}
