import { Text } from "@mantine/core";
import { useCallback } from "react";
import { useNavigate } from "react-router";
import { columnShares } from "@/review-data/tally";
import { Chart } from "@/components/chart/Chart";
import { categoryAxis, type ChartColors, tooltip } from "@/components/chart/style";
import { plural } from "@/lib/format";
import { cellWords, type MatrixProps } from "./ConfusionMatrix";

/** The matrix of many classes: only cells that hold something are drawn; the wheel zooms, dragging moves. */
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
                `${cellWords(labels, predicted, labelled, count)} (${(share * 100).toFixed(0)} % of these labels)`,
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
  return (
    <>
      <Chart
        option={frame}
        overlay={cells}
        height={620}
        label={`Confusion matrix of ${plural(names.length, "class", "classes")}: rows predicted, columns labelled`}
        onPickItem={open}
      />
      <Text size="xs" c="dimmed">
        The wheel zooms, dragging moves. The table by class, below, leads to the same objects by keyboard.
      </Text>
    </>
  );
}
