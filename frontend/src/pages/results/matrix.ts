/** What the two ways to show a confusion matrix have in common. */
import { formatCount } from "@/lib/format";
import type { Tally } from "@/review-data/tally";

export type MatrixProps = {
  /** Names of the classes, without the background. */
  names: readonly string[];
  tally: Tally;
  normalised: boolean;
  /** The address of a cell's objects; with ANY of those of a row or a column. */
  addressOf: (predicted: number, labelled: number) => string;
};

export function cellWords(labels: readonly string[], predicted: number, labelled: number, count: number) {
  return `${formatCount(count)} labelled ${labels[labelled]}, predicted ${labels[predicted]}`;
}
