import { Text } from "@mantine/core";
import { type KeyboardEvent, useCallback, useId, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { columnShares, type Tally } from "@/review-data/tally";
import { Chart } from "@/components/chart/Chart";
import { categoryAxis, type ChartColors, tooltip } from "@/components/chart/style";
import { plural } from "@/lib/format";
import { cellWords, type MatrixProps } from "./matrix";
import { type Cell, firstCell, walkCells } from "./matrixCursor";

/** The matrix of many classes: only cells that hold something are drawn; the wheel zooms, dragging moves.
 *  It takes the focus as one thing, in which arrow keys move a frame from cell to cell. */
export function MatrixChart({ names, tally, normalised, addressOf }: MatrixProps) {
  const navigate = useNavigate();
  const frame = useCallback(
    (colors: ChartColors) => {
      const labels = [...names, "background"];
      const axis = { axisLabel: { color: colors.dimmed, fontSize: 10, width: 90, overflow: "truncate" } };
      return {
        tooltip: { ...tooltip(colors), trigger: "item" },
        grid: { left: 108, right: 16, top: 8, bottom: 92 },
        xAxis: categoryAxis(colors, labels, {
          axisLabel: { ...axis.axisLabel, rotate: 60 },
          name: "label",
          nameLocation: "middle",
          nameGap: 76,
        }),
        yAxis: categoryAxis(colors, labels, { ...axis, inverse: true, name: "predicted" }),
        visualMap: {
          show: false,
          min: 0,
          max: 1,
          dimension: 2,
          inRange: { color: [colors.line, colors.accent] },
        },
        dataZoom: [
          { type: "inside", xAxisIndex: 0, filterMode: "none" },
          { type: "inside", yAxisIndex: 0, filterMode: "none" },
        ],
        series: [{ id: "cells", type: "heatmap", data: [] }],
      };
    },
    [names],
  );
  const cells = useCallback(
    (colors: ChartColors) => {
      const labels = [...names, "background"];
      const shares = columnShares(tally);
      const data: number[][] = [];
      for (let at = 0; at < tally.counts.length; at++) {
        const count = tally.counts[at] as number;
        if (count > 0) data.push([at % tally.size, Math.floor(at / tally.size), shares[at] as number, count]);
      }
      type Item = { data: [number, number, number, number] };
      return {
        series: [
          {
            id: "cells",
            type: "heatmap",
            data,
            label: {
              show: true,
              fontSize: 10,
              color: colors.text,
              formatter: ({ data: [, , share, count] }: Item) =>
                normalised ? share.toFixed(2) : String(count),
            },
            labelLayout: { hideOverlap: true },
            tooltip: {
              formatter: ({ data: [labelled, predicted, share, count] }: Item) =>
                wordsOf(labels, predicted, labelled, count, share),
            },
          },
        ],
      };
    },
    [names, tally, normalised],
  );
  const open = useCallback(
    (item: unknown) => {
      const { data } = item as { data?: [number, number, number, number] };
      if (data) void navigate(addressOf(data[1], data[0]));
    },
    [navigate, addressOf],
  );
  const help = useId();
  const [cell, setCell] = useState<Cell | null>(null);
  const frameAt = useMemo(() => cell && { x: cell.labelled, y: cell.predicted }, [cell]);
  const walk = (event: KeyboardEvent) => {
    const from = cell ?? firstCell(tally);
    if (event.key === "Enter") {
      if (countAt(tally, from) > 0) void navigate(addressOf(from.predicted, from.labelled));
      return;
    }
    const to = walkCells(tally, from, event.key, event.ctrlKey || event.metaKey);
    if (!to) return;
    event.preventDefault();
    setCell(to);
  };
  return (
    <>
      {/* The keys of an application are its own. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="application"
        aria-label="Cells of the confusion matrix"
        aria-describedby={help}
        onFocus={() => setCell((known) => known ?? firstCell(tally))}
        onKeyDown={walk}
      >
        <Chart
          option={frame}
          overlay={cells}
          cell={frameAt ?? undefined}
          height={620}
          label={`Confusion matrix of ${plural(names.length, "class", "classes")}: rows predicted, columns labelled`}
          onPickItem={open}
        />
      </div>
      <Text size="sm" className="tabular" mt="xs" mih={22} role="status">
        {cell && describeCell(names, tally, cell)}
      </Text>
      <Text size="xs" c="dimmed" id={help}>
        The wheel zooms, dragging moves. Arrow keys go from cell to cell, with Ctrl to the next that holds
        something; Enter opens its objects.
      </Text>
    </>
  );
}

function countAt({ counts, size }: Tally, { predicted, labelled }: Cell): number {
  return counts[predicted * size + labelled] ?? 0;
}

function describeCell(names: readonly string[], tally: Tally, { predicted, labelled }: Cell): string {
  const count = countAt(tally, { predicted, labelled });
  const share = columnShares(tally)[predicted * tally.size + labelled] ?? 0;
  return wordsOf([...names, "background"], predicted, labelled, count, share);
}

function wordsOf(
  labels: readonly string[],
  predicted: number,
  labelled: number,
  count: number,
  share: number,
): string {
  return `${cellWords(labels, predicted, labelled, count)} (${(share * 100).toFixed(0)} % of these labels)`;
}
