import { Text } from "@mantine/core";
import { memo, useDeferredValue, useMemo } from "react";
import { Link } from "react-router";
import { ANY } from "@/review-data/select";
import { columnShares } from "@/review-data/tally";
import { formatCount } from "@/lib/format";
import { cellWords, type MatrixProps } from "./matrix";
import { MatrixChart } from "./MatrixChart";
import type { Cell } from "./matrixCursor";
import classes from "./Results.module.css";

/** More classes than this are a picture to zoom into, not a table. */
const MOST_IN_TABLE = 16;

export function ConfusionMatrix(props: MatrixProps) {
  return props.names.length > MOST_IN_TABLE ? <LaterChart {...props} /> : <MatrixTable {...props} />;
}

/** ECharts draws every cell anew: the hand does not wait for it. */
function LaterChart(props: MatrixProps) {
  return <MatrixChart {...props} tally={useDeferredValue(props.tally)} />;
}

/** Ink that reads on a cell of this share. */
function inkOn(share: number): string | undefined {
  return share > 0.55 ? "var(--sl-on-heat)" : undefined;
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
                const words = count > 0 ? cellWords(labels, predicted, labelled, count) : "";
                return (
                  <MatrixCell
                    key={labelled}
                    shown={shown}
                    words={words}
                    predicted={predicted}
                    labelled={labelled}
                    addressOf={addressOf}
                    background={background}
                    ink={inkOn(share)}
                  />
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type CellProps = {
  shown: string;
  /** None for a cell that holds nothing. */
  words: string;
  background: string;
  ink: string | undefined;
} & Cell &
  Pick<MatrixProps, "addressOf">;

/** Makes its address itself: most cells stay as they are while a slider moves. */
const MatrixCell = memo(function MatrixCell({
  shown,
  words,
  predicted,
  labelled,
  addressOf,
  background,
  ink,
}: CellProps) {
  return (
    <td style={{ background, color: ink }}>
      {words ? (
        <Link
          to={addressOf(predicted, labelled)}
          title={`${words}. Look at them`}
          aria-label={words.startsWith(shown) ? words : `${shown}: ${words}`}
        >
          {shown}
        </Link>
      ) : (
        <span />
      )}
    </td>
  );
});
