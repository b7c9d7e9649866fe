import type { EChartsCoreOption } from "echarts/core";
import type { Figures } from "@/api/types";
import { type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { formatMetric, plural } from "@/lib/format";

type Calibration = Figures["calibration"];

export const filledBins = ({ bins }: Calibration) => bins.filter(({ count }) => count > 0);

/** How often predictions of a confidence are right; bins with few predictions have small dots. */
export function calibrationOption(colors: ChartColors, calibration: Calibration): EChartsCoreOption {
  const bins = filledBins(calibration);
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const one = { min: 0, max: 1, interval: 0.2 };
  return {
    grid: { left: 40, right: 12, top: 8, bottom: 38 },
    legend: { show: false },
    tooltip: {
      ...tooltip(colors),
      trigger: "item",
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const bin = bins[dataIndex];
        return bin
          ? `${plural(bin.count, "prediction")} around ${formatMetric(bin.mean_confidence)}: ${formatMetric(bin.precision)} are right`
          : "";
      },
    },
    xAxis: valueAxis(colors, { ...one, name: "Confidence", nameLocation: "middle", nameGap: 22 }),
    yAxis: valueAxis(colors, one),
    series: [
      {
        type: "line",
        data: [
          [0, 0],
          [1, 1],
        ],
        silent: true,
        showSymbol: false,
        tooltip: { show: false },
        lineStyle: { color: colors.dimmed, type: "dashed", width: 1 },
      },
      {
        type: "line",
        data: bins.map(({ mean_confidence: x, precision: y }) => [x, y]),
        lineStyle: { width: 2, color: colors.accent },
        itemStyle: { color: colors.accent },
        showSymbol: true,
        symbol: "circle",
        symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) =>
          5 + 7 * Math.sqrt((bins[dataIndex]?.count ?? 0) / most),
      },
    ],
  };
}
