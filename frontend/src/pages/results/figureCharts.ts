import type { EChartsCoreOption } from "echarts/core";
import type { Figures } from "@/api/types";
import { categoryAxis, type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { formatMetric, plural } from "@/lib/format";

type Errors = Figures["errors"];
type Calibration = Figures["calibration"];

export const ERROR_WORDS: Record<Errors["types"][number]["type"], string> = {
  classification: "wrong class",
  localisation: "loose outline",
  both: "class and outline",
  duplicate: "found twice",
  background: "nothing there",
  missed: "missed",
};

/** What each kind of error costs, in the manner of TIDE (Bolya et al. 2020). */
export function errorOption(colors: ChartColors, errors: Errors): EChartsCoreOption {
  const types = [...errors.types].reverse();
  return {
    grid: { left: 112, right: 56, top: 8, bottom: 24 },
    legend: { show: false },
    tooltip: {
      ...tooltip(colors),
      trigger: "item",
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const type = types[dataIndex];
        return type
          ? `${ERROR_WORDS[type.type]}: ${plural(type.count, "error")}, AP50 +${formatMetric(type.d_ap)}`
          : "";
      },
    },
    xAxis: valueAxis(colors, { splitNumber: 4, min: 0 }),
    yAxis: categoryAxis(
      colors,
      types.map(({ type }) => ERROR_WORDS[type]),
      { axisLabel: { color: colors.text, fontSize: 12 } },
    ),
    series: [
      {
        type: "bar",
        barWidth: "62%",
        itemStyle: { color: colors.series[1] },
        label: {
          show: true,
          position: "right",
          color: colors.dimmed,
          fontSize: 11,
          formatter: ({ dataIndex }: { dataIndex: number }) => String(types[dataIndex]?.count ?? ""),
        },
        data: types.map(({ d_ap }) => d_ap),
      },
    ],
  };
}

/** How often predictions of a confidence are right; bins with few predictions have small dots. */
export function calibrationOption(colors: ChartColors, calibration: Calibration): EChartsCoreOption {
  const bins = calibration.bins.filter(({ count }) => count > 0);
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
