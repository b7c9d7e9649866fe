import type { BinFilter } from "@/api/insightFilters";
import type { Bin } from "@/api/types";
import { plural } from "@/lib/format";
import type { Bar } from "./BarList";

/** The address of the images of a dataset that match. */
export function imagesAt(slug: string, query: Record<string, string | number>): string {
  const params = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return `/datasets/${slug}?${params.toString()}`;
}

type BinBars = {
  slug: string;
  bins: readonly Bin[];
  filter: BinFilter;
  /** What is counted: images, or objects of which the images are shown. */
  unit: "image" | "object";
  classId?: number;
};

/** One bar for each bin, which opens the images in it. */
export function binBars({ slug, bins, filter, unit, classId = 0 }: BinBars): Bar[] {
  return bins.map(({ bin, place, count }) => ({
    label: bin,
    parts: [
      {
        count,
        to: imagesAt(slug, { [filter]: place, ...(classId ? { class: classId } : {}) }),
        words: `${bin}: ${plural(count, unit)}. Look at the images`,
      },
    ],
  }));
}
