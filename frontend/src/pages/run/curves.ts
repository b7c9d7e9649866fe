/** What the live charts draw of a run's epochs: smoothed, on a log axis, beside other runs. All pure. */
import type { EChartsCoreOption } from "echarts/core";
import type { Basis, Epoch } from "@/api/types";
import { type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { formatMetric } from "@/lib/format";
import { epochAxis, lossOption, metricOption } from "./liveCharts";

export type Look = {
  /** 0: as measured; towards 1: each point is more of those before it. */
  smoothing: number;
  /** Of the losses: a metric between 0 and 1 has no use for it. */
  log: boolean;
};

export type Overlaid = { id: number; name: string; rows: readonly Epoch[] };

/** The running mean that TensorBoard shows: weighted by `smoothing`, unbiased at its beginning. */
export function smooth(values: readonly (number | null)[], smoothing: number): (number | null)[] {
  if (smoothing <= 0) return [...values];
  let last = 0;
  let count = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    last = last * smoothing + (1 - smoothing) * value;
    count += 1;
    return last / (1 - smoothing ** count);
  });
}

/** The losses of training and validation, as a log axis needs them where it is one. */
export function lossLook(
  colors: ChartColors,
  rows: readonly Epoch[],
  epochs: number,
  look: Look,
): EChartsCoreOption {
  return withLook(lossOption(colors, rows, epochs), colors, look);
}

export function metricLook(
  colors: ChartColors,
  rows: readonly Epoch[],
  epochs: number,
  basis: Basis,
  { smoothing }: Look,
): EChartsCoreOption {
  return withLook(metricOption(colors, rows, epochs, basis), colors, { smoothing, log: false });
}

/** All parts of the val loss together: one number an epoch, so that runs can be laid over each other. */
export function valLoss({ val }: Epoch): number {
  return val.box + val.seg + val.cls + val.dfl;
}

type Quantity = "loss" | Basis;

/** One line a run. The first run is the page's own. */
export function overlayOption(
  colors: ChartColors,
  runs: readonly Overlaid[],
  quantity: Quantity,
  look: Look,
): EChartsCoreOption {
  const read = quantity === "loss" ? valLoss : (row: Epoch) => row[quantity].map50;
  const epochs = Math.max(2, ...runs.flatMap(({ rows }) => rows.map(({ epoch }) => epoch)));
  const option = {
    tooltip: {
      ...tooltip(colors),
      valueFormatter: quantity === "loss" ? (value: number) => value.toFixed(4) : formatMetric,
    },
    xAxis: epochAxis(colors, epochs),
    yAxis:
      quantity === "loss"
        ? valueAxis(colors, { scale: true, splitNumber: 4 })
        : valueAxis(colors, { min: 0, max: 1, interval: 0.2 }),
    series: runs.map(({ id, name, rows }, i) => ({
      type: "line",
      id: String(id),
      name: `${name} #${id}`,
      showSymbol: rows.length < 2,
      symbolSize: 5,
      lineStyle: { width: i === 0 ? 2.4 : 1.5, color: colors.series[i % colors.series.length] },
      itemStyle: { color: colors.series[i % colors.series.length] },
      data: rows.map((row) => [row.epoch, read(row)]),
    })),
  };
  return withLook(option, colors, { smoothing: look.smoothing, log: look.log && quantity === "loss" });
}

type Line = { data: [number, number | null][] };

function withLook(
  option: EChartsCoreOption,
  colors: ChartColors,
  { smoothing, log }: Look,
): EChartsCoreOption {
  const series = (option.series as Line[]).map((line) => {
    const values = smooth(
      line.data.map(([, value]) => value),
      smoothing,
    );
    const data = line.data.map(([epoch], i) => {
      const value = values[i] ?? null;
      // A logarithm has no place for 0: a gap.
      return [epoch, log && value !== null && value <= 0 ? null : value];
    });
    return { ...line, data };
  });
  const yAxis = log ? { ...valueAxis(colors, { splitNumber: 4 }), type: "log", logBase: 10 } : option.yAxis;
  return { ...option, series, yAxis };
}
