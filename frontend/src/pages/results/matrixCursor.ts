/** Walking the cells of a confusion matrix by keys. Pure. */
import type { Tally } from "@/review-data/tally";

export type Cell = { readonly predicted: number; readonly labelled: number };

const STEPS: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Where a key leads from a cell; null for a key that leads nowhere. With `jump` an arrow goes on to the
 *  next cell that holds something, as Ctrl with an arrow does in a spreadsheet. */
export function walkCells({ counts, size }: Tally, from: Cell, key: string, jump: boolean): Cell | null {
  const last = size - 1;
  if (key === "Home") return { ...from, labelled: 0 };
  if (key === "End") return { ...from, labelled: last };
  const step = STEPS[key];
  if (!step) return null;
  const [down, right] = step;
  const isInside = ({ predicted, labelled }: Cell) =>
    predicted >= 0 && predicted <= last && labelled >= 0 && labelled <= last;
  const next = ({ predicted, labelled }: Cell): Cell => ({
    predicted: predicted + down,
    labelled: labelled + right,
  });
  const neighbour = next(from);
  if (!isInside(neighbour)) return from;
  if (!jump) return neighbour;
  for (let cell = neighbour; isInside(cell); cell = next(cell))
    if ((counts[cell.predicted * size + cell.labelled] as number) > 0) return cell;
  return from;
}

/** Where the walk begins: the greatest mistake, or the first cell where there is none. */
export function firstCell({ counts, size }: Tally): Cell {
  let [best, most] = [0, 0];
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at] as number;
    if (Math.floor(at / size) !== at % size && count > most) [best, most] = [at, count];
  }
  return { predicted: Math.floor(best / size), labelled: best % size };
}
