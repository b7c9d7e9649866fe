import type { EChartsCoreOption } from "echarts/core";

export type ChartColors = {
  text: string;
  dimmed: string;
  line: string;
  surface: string;
  accent: string;
  /** Series colours that stay apart for any colour vision, readable on this background. */
  series: readonly string[];
};

const LIGHT: ChartColors = {
  text: "#191e1f",
  dimmed: "#636d6e",
  line: "#e3e6e6",
  surface: "#ffffff",
  accent: "#0b7269",
  series: ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#b38600", "#3d8fc4"],
};
const DARK: ChartColors = {
  text: "#e6e9e9",
  dimmed: "#9aa3a4",
  line: "#343b3d",
  surface: "#1b2021",
  accent: "#75c3b8",
  series: ["#56b4e9", "#f0824a", "#4fc79f", "#dd8fc5", "#e6c15c", "#9fb9ff"],
};

export function chartColors(scheme: "light" | "dark"): ChartColors {
  return scheme === "dark" ? DARK : LIGHT;
}

const FONT = '"Inter Variable", system-ui, sans-serif';

export function baseOption(colors: ChartColors): EChartsCoreOption {
  return {
    animation: false,
    color: [...colors.series],
    textStyle: { fontFamily: FONT, color: colors.text },
    grid: { left: 44, right: 16, top: 32, bottom: 32, containLabel: false },
    legend: {
      top: 0,
      left: 0,
      itemWidth: 14,
      itemHeight: 3,
      itemGap: 14,
      icon: "roundRect",
      textStyle: { color: colors.dimmed, fontSize: 12, fontFamily: FONT },
    },
    tooltip: tooltip(colors),
  };
}

export function tooltip(colors: ChartColors) {
  return {
    trigger: "axis",
    confine: true,
    backgroundColor: colors.surface,
    borderColor: colors.line,
    padding: [6, 10],
    textStyle: { color: colors.text, fontSize: 12, fontFamily: FONT },
    axisPointer: { lineStyle: { color: colors.dimmed, type: "dashed" } },
  };
}

export function valueAxis(colors: ChartColors, over: Record<string, unknown> = {}) {
  return {
    type: "value",
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: colors.dimmed, fontSize: 11 },
    nameTextStyle: { color: colors.dimmed, fontSize: 11 },
    splitLine: { lineStyle: { color: colors.line } },
    ...over,
  };
}

export function categoryAxis(
  colors: ChartColors,
  data: readonly string[],
  over: Record<string, unknown> = {},
) {
  return {
    type: "category",
    data: [...data],
    axisLine: { lineStyle: { color: colors.line } },
    axisTick: { show: false },
    axisLabel: { color: colors.dimmed, fontSize: 11 },
    ...over,
  };
}
