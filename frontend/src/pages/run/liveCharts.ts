import type { EChartsCoreOption } from "echarts/core";
import type { RunBatch } from "@/api/runs";
import type { Basis, Epoch, FigureReason } from "@/api/types";
import { type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { figureWords } from "@/lib/figures";

const LOSSES = ["box", "seg", "cls", "dfl"] as const;
const METRICS = [
  ["map50", "mAP50"],
  ["map50_95", "mAP50-95"],
  ["precision", "Ultralytics' precision"],
  ["recall", "Ultralytics' recall"],
] as const;

/** The x axis reaches to the last planned epoch, so that a chart grows into its place. */
export function epochAxis(colors: ChartColors, epochs: number) {
  return valueAxis(colors, {
    min: 1,
    max: Math.max(2, epochs),
    minInterval: 1,
    splitLine: { show: false },
    axisLine: { show: true, lineStyle: { color: colors.line } },
  });
}

export function lossOption(colors: ChartColors, rows: readonly Epoch[], epochs: number): EChartsCoreOption {
  return {
    tooltip: { ...tooltip(colors), valueFormatter: (value: number) => value.toFixed(4) },
    legend: {
      data: LOSSES.map((name) => name),
      top: 0,
      left: 0,
      itemWidth: 14,
      itemHeight: 3,
      textStyle: { color: colors.dimmed, fontSize: 12 },
    },
    xAxis: epochAxis(colors, epochs),
    yAxis: valueAxis(colors, { scale: true, splitNumber: 4 }),
    series: LOSSES.flatMap((name, i) =>
      (["train", "val"] as const).map((part) => ({
        type: "line",
        // Legend entries switch both lines of a loss, so both carry its name.
        name,
        id: `${name}-${part}`,
        showSymbol: rows.length < 2,
        symbolSize: 5,
        lineStyle: { width: 1.8, type: part === "val" ? [4, 4] : "solid", color: colors.series[i] },
        itemStyle: { color: colors.series[i] },
        data: rows.map((row) => [row.epoch, row[part][name]]),
      })),
    ),
  };
}

/** Over epochs and their fractions: batch 5 of 10 in epoch 3 stands at 2.5. */
export function batchOption(colors: ChartColors, batches: readonly RunBatch[]): EChartsCoreOption {
  return {
    tooltip: { ...tooltip(colors), valueFormatter: (value: number) => value.toFixed(4) },
    xAxis: valueAxis(colors, {
      scale: true,
      axisLabel: {
        color: colors.dimmed,
        fontSize: 11,
        formatter: (x: number) => String(Number(x.toFixed(2))),
      },
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: colors.line } },
    }),
    yAxis: valueAxis(colors, { scale: true, splitNumber: 3 }),
    series: LOSSES.map((name, i) => ({
      type: "line",
      name,
      showSymbol: batches.length < 2,
      symbolSize: 5,
      lineStyle: { width: 1.5, color: colors.series[i] },
      itemStyle: { color: colors.series[i] },
      data: batches.map((at) => [at.epoch - 1 + at.batch / at.batches, at.losses[name]]),
    })),
  };
}

/** Why the last epoch has no figures, "" where it has. */
export function unmeasuredReason(rows: readonly Epoch[], basis: Basis): FigureReason {
  const last = rows.at(-1);
  if (!last || last[basis].map50 !== null) return "";
  return last.reason || "nothing_found";
}

export function metricOption(
  colors: ChartColors,
  rows: readonly Epoch[],
  epochs: number,
  basis: Basis,
): EChartsCoreOption {
  const reason = unmeasuredReason(rows, basis) || "nothing_found";
  return {
    tooltip: { ...tooltip(colors), valueFormatter: (value: number | null) => figureWords(value, reason) },
    xAxis: epochAxis(colors, epochs),
    yAxis: valueAxis(colors, { min: 0, max: 1, interval: 0.2 }),
    series: METRICS.map(([field, name], i) => ({
      type: "line",
      name,
      showSymbol: rows.length < 2,
      symbolSize: 5,
      lineStyle: { width: i === 0 ? 2.2 : 1.5 },
      data: rows.map((row) => [row.epoch, row[basis][field]]),
    })),
  };
}
