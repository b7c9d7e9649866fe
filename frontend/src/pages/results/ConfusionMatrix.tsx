import { Text } from "@mantine/core";
import { memo, useMemo } from "react";
import { Link } from "react-router";
import { ANY } from "@/review-data/select";
import { columnShares, type Tally } from "@/review-data/tally";
import { formatCount } from "@/lib/format";
import { MatrixChart } from "./MatrixChart";
import classes from "./Results.module.css";

export type MatrixProps = {
  /** Names of the classes, without the background. */
  names: readonly string[];
  tally: Tally;
  normalised: boolean;
  /** The address of a cell's objects; with ANY of those of a row or a column. */
  addressOf: (predicted: number, labelled: number) => string;
};

/** More classes than this are a picture to zoom into, not a table. */
const MOST_IN_TABLE = 16;

export const ConfusionMatrix = memo(function ConfusionMatrix(props: MatrixProps) {
  return props.names.length > MOST_IN_TABLE ? <MatrixChart {...props} /> : <MatrixTable {...props} />;
});

/** Ink that reads on a cell of this share. */
function inkOn(share: number): string | undefined {
  return share > 0.55 ? "var(--sl-on-heat)" : undefined;
}

export function cellWords(labels: readonly string[], predicted: number, labelled: number, count: number) {
  return `${formatCount(count)} labelled ${labels[labelled]}, predicted ${labels[predicted]}`;
}

function MatrixTable({ names, tally, normalised, addressOf }: MatrixProps) {
  const labels = [...names, "background"];
  const shares = useMemo(() => columnShares(tally), [tally]);
  return (
    <div className={classes.scroller}>
      <table className={classes.matrix}>
        <caption className="visually-hidden">
          Confusion matrix: rows are what was predicted, columns what is labelled
        </caption>
        <thead>
          <tr>
            <td className={classes.corner}>
              <Text size="xs" c="dimmed" span>
                predicted ↓ label →
              </Text>
            </td>
            {labels.map((label, i) => (
              <th key={i} scope="col" title={`${label}: look at what is labelled so`}>
                <Link to={addressOf(ANY, i)}>{label}</Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, predicted) => (
            <tr key={predicted}>
              <th scope="row" title={`${label}: look at what is predicted so`}>
                <Link to={addressOf(predicted, ANY)}>{label}</Link>
              </th>
              {labels.map((_, labelled) => {
                const at = predicted * tally.size + labelled;
                const count = tally.counts[at] ?? 0;
                const share = shares[at] ?? 0;
                const shown = normalised ? share.toFixed(2) : formatCount(count);
                const background = `color-mix(in srgb, var(--sl-heat) ${Math.round(share * 100)}%, transparent)`;
                const words = cellWords(labels, predicted, labelled, count);
                return (
                  <td key={labelled} style={{ background, color: inkOn(share) }}>
                    {count > 0 ? (
                      <Link
                        to={addressOf(predicted, labelled)}
                        title={`${words}. Look at them`}
                        aria-label={words}
                      >
                        {shown}
                      </Link>
                    ) : (
                      <span />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
