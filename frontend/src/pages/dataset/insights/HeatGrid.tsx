import { Text } from "@mantine/core";
import { type KeyboardEvent, memo, useRef, useState } from "react";
import { Link } from "react-router";
import { formatCount } from "@/lib/format";
import classes from "./Insights.module.css";

export type HeatCell = { count: number; to: string; words: string };

type Props = {
  label: string;
  /** Heads of the rows and columns; none for a map of places. */
  rows?: readonly string[];
  columns?: readonly string[];
  size: { rows: number; columns: number };
  /** Undefined where there is nothing. */
  cellAt: (row: number, column: number) => HeatCell | undefined;
  /** Counts are printed in the cells, where there are few. */
  isPrinted?: boolean;
};

const STEPS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** A grid of cells, darker the more they hold. It takes the focus as one thing, in which arrow keys go to
 *  the next cell that holds something; Enter opens its images. */
export const HeatGrid = memo(function HeatGrid({ label, rows, columns, size, cellAt, isPrinted }: Props) {
  const table = useRef<HTMLTableElement>(null);
  const cells = Array.from({ length: size.rows }, (_, row) =>
    Array.from({ length: size.columns }, (_, column) => cellAt(row, column)),
  );
  const most = Math.max(1, ...cells.flat().map((cell) => cell?.count ?? 0));
  const first = firstFilled(cells);
  const [at, setAt] = useState<readonly [number, number] | null>(null);
  const current = at && cells[at[0]]?.[at[1]] ? at : first;
  const walk = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step || !current) return;
    event.preventDefault();
    const next = nextFilled(cells, current, step);
    if (!next) return;
    setAt(next);
    table.current?.querySelector<HTMLElement>(`[data-at="${next[0]}-${next[1]}"]`)?.focus();
  };
  return (
    <>
      <div className={classes.heatScroller}>
        <table ref={table} role="grid" aria-label={label} className={classes.heat} onKeyDown={walk}>
          {columns && (
            <thead>
              <tr>
                <td />
                {columns.map((name) => (
                  <th key={name} scope="col" title={name}>
                    <span>{name}</span>
                  </th>
                ))}
              </tr>
            </thead>
          )}
          <tbody>
            {cells.map((row, y) => (
              <tr key={y}>
                {rows && (
                  <th scope="row" title={rows[y]}>
                    {rows[y]}
                  </th>
                )}
                {row.map((cell, x) => (
                  <td key={x} style={cell && heatOf(cell.count / most)}>
                    {cell && (
                      <Link
                        to={cell.to}
                        title={cell.words}
                        aria-label={cell.words}
                        data-at={`${y}-${x}`}
                        tabIndex={current?.[0] === y && current[1] === x ? 0 : -1}
                        onFocus={() => setAt([y, x])}
                      >
                        {isPrinted ? formatCount(cell.count) : ""}
                      </Link>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Text size="xs" c="dimmed" mt={6}>
        {first ? "Arrow keys go from cell to cell; Enter opens the images." : "Nothing here yet."}
      </Text>
    </>
  );
});

/** Root, so that cells that hold little are still seen beside those that hold much. */
function heatOf(share: number) {
  const heat = Math.sqrt(share);
  const percent = Math.round(8 + 92 * heat);
  return {
    background: `color-mix(in srgb, var(--sl-heat) ${percent}%, transparent)`,
    color: heat > 0.55 ? "var(--sl-on-heat)" : undefined,
  };
}

type Cells = readonly (readonly (HeatCell | undefined)[])[];

export function firstFilled(cells: Cells): readonly [number, number] | null {
  for (const [y, row] of cells.entries()) {
    const x = row.findIndex(Boolean);
    if (x >= 0) return [y, x];
  }
  return null;
}

/** The next cell in a direction that holds something; a row or column that ends is the end. */
export function nextFilled(
  cells: Cells,
  from: readonly [number, number],
  [down, right]: readonly [number, number],
): readonly [number, number] | null {
  let [y, x] = [from[0] + down, from[1] + right];
  while (y >= 0 && x >= 0 && y < cells.length && x < (cells[0]?.length ?? 0)) {
    if (cells[y]?.[x]) return [y, x];
    y += down;
    x += right;
  }
  return null;
}
