/** Counts of a video over time, at any confidence, without asking the server again. */
import type { VideoTimeline } from "@/api/types";
import { floorOf, type Shown } from "./shown";

/** A stretch of the video. `position`: of its first frame. */
export type Bin = { readonly time_ms: number; readonly position: number; readonly frames: number };
/** `counts`: by index of the class, for each of `floors` the objects of each bin that are at least so confident.
 *  `endMs`: where the last bin ends. */
export type Timeline = {
  readonly floors: readonly number[];
  readonly bins: readonly Bin[];
  readonly endMs: number;
  readonly counts: ReadonlyMap<number, readonly (readonly number[])[]>;
};

export const NO_TIMELINE: Timeline = { floors: [], bins: [], endMs: 0, counts: new Map() };

/** Reads the server's answer. Bins without a frame are left out: the one before lasts until the next. */
export function readTimeline(answer: VideoTimeline): Timeline {
  const kept = [...answer.frames.keys()].filter((i) => (answer.frames[i] ?? 0) > 0);
  return {
    floors: answer.floors,
    bins: kept.map((i) => ({
      frames: answer.frames[i] ?? 0,
      time_ms: answer.times_ms[i] ?? 0,
      position: answer.first_positions[i] ?? 0,
    })),
    endMs: answer.times_ms.at(-1) ?? 0,
    counts: new Map(
      answer.classes.map(({ class_index: index, counts }) => [
        index,
        counts.map((row) => kept.map((i) => row[i] ?? 0)),
      ]),
    ),
  };
}

/** Objects of one class in each bin with at least a confidence; that of the floors which is nearest to it. */
export function countsOf(
  { floors, counts }: Timeline,
  classIndex: number,
  confidence: number,
): readonly number[] {
  if (!Number.isFinite(confidence)) return [];
  return counts.get(classIndex)?.[nearestFloor(floors, confidence)] ?? [];
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
export function layersOf(timeline: Timeline, shown: Shown): Layers {
  const rows = [...timeline.counts.keys()]
    .map((index) => ({ index, counts: countsOf(timeline, index, floorOf(shown, index)) }))
    .map((row) => ({ ...row, total: row.counts.reduce((sum, count) => sum + count, 0) }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total || a.index - b.index);
  let highest = 0;
  const values = timeline.bins.map(({ frames }, i) => {
    const bin = rows.map(({ counts }) => (counts[i] ?? 0) / Math.max(1, frames));
    highest = Math.max(
      highest,
      bin.reduce((sum, value) => sum + value, 0),
    );
    return bin;
  });
  return { classes: rows.map(({ index }) => index), values, highest };
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
