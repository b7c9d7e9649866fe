/** Several evaluations in one chart. */
import type { EChartsCoreOption } from "echarts/core";
import type { Basis, Curves, Evaluation } from "@/api/types";
import { type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { curvePoints } from "@/lib/curves";
import { figureWords } from "@/lib/figures";
import { formatBytes, formatMetric } from "@/lib/format";
import type { CurveKind } from "../results/curveCharts";

/** Lines are told apart as in the charts over epochs: by colour, and dashed after the palette's end. */
const lineOf = (colors: ChartColors, i: number) => ({
  color: colors.series[i % colors.series.length],
  type: i < colors.series.length ? ("solid" as const) : [6, 4],
});

export function togetherOption(
  colors: ChartColors,
  names: readonly string[],
  curves: readonly (Curves | undefined)[],
  basis: Basis,
  kind: CurveKind,
): EChartsCoreOption {
  const one = { min: 0, max: 1, interval: 0.2 };
  return {
    legend: { show: false },
    grid: { left: 40, right: 14, top: 10, bottom: 40 },
    tooltip: { ...tooltip(colors), valueFormatter: (value: unknown) => formatMetric(Number(value)) },
    xAxis: valueAxis(colors, {
      ...one,
      name: kind === "pr" ? "Recall" : "Confidence",
      nameLocation: "middle",
      nameGap: 24,
    }),
    yAxis: valueAxis(colors, one),
    series: curves.flatMap((set, i) => {
      if (!set) return [];
      const { color, type } = lineOf(colors, i);
      return [
        {
          type: "line",
          name: names[i],
          showSymbol: false,
          lineStyle: { width: 2, color, type },
          itemStyle: { color },
          data: curvePoints(kind === "pr" ? set.recall : set.confidence, set[basis][kind].mean),
        },
      ];
    }),
  };
}

export const millisecondsOf = ({ speed }: Pick<Evaluation, "speed">): number | null =>
  speed && speed.preprocess_ms + speed.inference_ms + speed.postprocess_ms;

/** The area of a bubble grows with the checkpoint; the largest is 44 pixels wide. */
function bubbleSize(bytes: number, most: number): number {
  return most > 0 ? Math.max(8, 44 * Math.sqrt(bytes / most)) : 8;
}

/** How right against how fast; what stands at the top left is both. */
export function speedOption(
  colors: ChartColors,
  evaluations: readonly Evaluation[],
  names: readonly string[],
  basis: Basis,
): EChartsCoreOption {
  const most = Math.max(...evaluations.map(({ checkpoint_size_bytes: bytes }) => bytes));
  return {
    legend: { show: false },
    grid: { left: 48, right: 90, top: 28, bottom: 40 },
    tooltip: { ...tooltip(colors), trigger: "item" },
    xAxis: valueAxis(colors, {
      min: 0,
      name: "ms an image",
      nameLocation: "middle",
      nameGap: 24,
    }),
    yAxis: valueAxis(colors, { scale: true, min: 0, name: "mAP50-95" }),
    series: evaluations.flatMap((evaluation, i) => {
      const ms = millisecondsOf(evaluation);
      if (ms === null) return [];
      const name = names[i] ?? evaluation.run_name;
      const bytes = evaluation.checkpoint_size_bytes;
      return [
        {
          type: "scatter",
          name,
          data: [[ms, evaluation[basis].map50_95 ?? 0]],
          symbolSize: bubbleSize(bytes, most),
          itemStyle: { color: lineOf(colors, i).color, opacity: 0.75, borderColor: colors.surface },
          label: {
            show: true,
            position: "right",
            formatter: () => name, // as text, it would be a template
            color: colors.text,
            fontSize: 11,
            width: 110,
            overflow: "truncate",
          },
          labelLayout: { moveOverlap: "shiftY" },
          tooltip: {
            formatter: () =>
              `${name}: ${ms.toFixed(1)} ms, mAP50-95 ${figureWords(evaluation[basis].map50_95, evaluation.reason)}, ${formatBytes(bytes)}`,
          },
        },
      ];
    }),
  };
}
