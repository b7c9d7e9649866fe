/** Counts of a video over time, at any confidence, without asking the server again. */
import { floorOf, type Shown } from "./shown";

/** A stretch of the video. `counts`: by index of the class, objects with at least each confidence of `floors`. */
export type Bin = {
  readonly time_ms: number;
  readonly position: number;
  readonly frames: number;
  readonly counts: Readonly<Record<string, readonly number[]>>;
};
export type Timeline = { readonly floors: readonly number[]; readonly bins: readonly Bin[] };

/** Objects of one class in a bin with at least a confidence; that of the floors which is nearest to it. */
export function countIn(bin: Bin, floors: readonly number[], classIndex: number, confidence: number): number {
  const counts = bin.counts[String(classIndex)];
  if (!counts || !Number.isFinite(confidence)) return 0;
  return counts[nearestFloor(floors, confidence)] ?? 0;
}

function nearestFloor(floors: readonly number[], confidence: number): number {
  let best = 0;
  floors.forEach((floor, i) => {
    if (Math.abs(floor - confidence) < Math.abs((floors[best] ?? 0) - confidence) - 1e-9) best = i;
  });
  return best;
}

export type Layers = {
  /** Indices of the classes, the most frequent first: the lowest layer. */
  readonly classes: readonly number[];
  /** Objects a frame, by bin and by place in `classes`. */
  readonly values: readonly (readonly number[])[];
  /** The most objects a frame, of all shown classes together. */
  readonly highest: number;
};

/** Objects a frame by class and bin, as they are shown. */
export function layersOf({ floors, bins }: Timeline, shown: Shown): Layers {
  const totals = new Map<number, number>();
  for (const bin of bins) {
    for (const key of Object.keys(bin.counts)) {
      const index = Number(key);
      const count = countIn(bin, floors, index, floorOf(shown, index));
      if (count > 0) totals.set(index, (totals.get(index) ?? 0) + count);
    }
  }
  const classes = [...totals].sort(([a, m], [b, n]) => n - m || a - b).map(([index]) => index);
  let highest = 0;
  const values = bins.map((bin) => {
    const row = classes.map(
      (index) => countIn(bin, floors, index, floorOf(shown, index)) / Math.max(1, bin.frames),
    );
    highest = Math.max(
      highest,
      row.reduce((sum, value) => sum + value, 0),
    );
    return row;
  });
  return { classes, values, highest };
}

/** Place of the bin that a time lies in; -1 before the first. */
export function binAt(bins: readonly Pick<Bin, "time_ms">[], timeMs: number): number {
  let [low, high] = [0, bins.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bins[middle]?.time_ms ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A number above the highest value that divides well, for the axis. */
export function niceTop(highest: number): number {
  if (highest <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 2, 3, 5, 10].find((factor) => factor * power >= highest - 1e-9) ?? 10;
  return step * power;
}
