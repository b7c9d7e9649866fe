import type { EChartsCoreOption } from "echarts/core";
import type { Histogram } from "@/review-data/tally";
import { type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { formatCount } from "@/lib/format";

/** Predictions by confidence, stacked: what they found. Bars are told apart by decal as well as by colour. */
export function histogramOption(colors: ChartColors, histogram: Histogram): EChartsCoreOption {
  const bins = histogram.right.length;
  const bars = (name: string, counts: Int32Array, color: string | undefined, symbol: string | null) => ({
    type: "bar",
    name,
    stack: "all",
    barWidth: "96%",
    itemStyle: {
      color,
      decal: symbol
        ? { symbol, symbolSize: 0.6, color: colors.surface, dashArrayX: [1, 0], dashArrayY: [3, 3] }
        : undefined,
    },
    data: Array.from(counts, (count, i) => [(i + 0.5) / bins, count]),
  });
  return {
    grid: { left: 44, right: 12, top: 30, bottom: 36 },
    tooltip: { ...tooltip(colors), valueFormatter: (value: unknown) => formatCount(Number(value)) },
    xAxis: valueAxis(colors, {
      min: 0,
      max: 1,
      interval: 0.2,
      name: "Confidence of predictions",
      nameLocation: "middle",
      nameGap: 22,
      splitLine: { show: false },
    }),
    yAxis: valueAxis(colors, { splitNumber: 3, minInterval: 1 }),
    series: [
      bars("right", histogram.right, colors.series[2], null),
      bars("wrong class", histogram.wrongClass, colors.series[3], "circle"),
      bars("found nothing", histogram.wrong, colors.series[1], "rect"),
    ],
  };
}
