/** The options of the charts of a prediction; pure. */
import type { EChartsCoreOption } from "echarts/core";
import type { ChartColors } from "@/components/chart/style";
import { formatCount } from "@/lib/format";

type Named = { name: string; color: string };

const axis = (colors: ChartColors) => ({
  axisLabel: { color: colors.dimmed },
  axisLine: { lineStyle: { color: colors.line } },
  splitLine: { lineStyle: { color: colors.line } },
});
const titled = (colors: ChartColors, name: string) => ({
  name,
  nameLocation: "middle" as const,
  nameGap: 26,
  nameTextStyle: { color: colors.dimmed },
});

/** A bar a class, the most frequent on top. */
export function classBars(classes: readonly (Named & { count: number; images: number })[]) {
  const rows = [...classes].sort((a, b) => a.count - b.count);
  return (colors: ChartColors): EChartsCoreOption => ({
    grid: { left: 8, right: 56, top: 8, bottom: 24, containLabel: true },
    tooltip: {
      trigger: "item",
      confine: true,
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const row = rows[dataIndex];
        return row
          ? `${row.name}: ${formatCount(row.count)} objects in ${formatCount(row.images)} images`
          : "";
      },
    },
    xAxis: { type: "value", minInterval: 1, ...axis(colors) },
    yAxis: {
      type: "category",
      data: rows.map(({ name }) => name),
      ...axis(colors),
      axisLabel: { color: colors.text, width: 140, overflow: "truncate" },
      splitLine: { show: false },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 22,
        data: rows.map(({ count, color }) => ({ value: count, itemStyle: { color } })),
        label: {
          show: true,
          position: "right",
          color: colors.dimmed,
          formatter: ({ value }: { value: number }) => formatCount(value),
        },
      },
    ],
  });
}

/** How confident the model was: all that was kept, stacked by class. */
export function confidenceBars(classes: readonly (Named & { histogram: Uint32Array })[]) {
  const steps = Array.from({ length: 101 }, (_, step) => step / 100);
  return (colors: ChartColors): EChartsCoreOption => ({
    grid: { left: 48, right: 16, top: 12, bottom: 44 },
    legend: { show: false },
    xAxis: {
      type: "category",
      data: steps.map((step) => step.toFixed(2)),
      ...axis(colors),
      axisLabel: { color: colors.dimmed, interval: 9 },
      ...titled(colors, "confidence"),
    },
    yAxis: { type: "value", minInterval: 1, ...axis(colors) },
    series: classes.map(({ name, color, histogram }) => ({
      name,
      type: "bar",
      stack: "all",
      barCategoryGap: "8%",
      itemStyle: { color },
      data: Array.from(histogram),
    })),
  });
}

/** How many images hold how many objects. */
export function spreadBars(spread: readonly number[], most: number) {
  return (colors: ChartColors): EChartsCoreOption => ({
    grid: { left: 48, right: 16, top: 12, bottom: 44 },
    legend: { show: false },
    xAxis: {
      type: "category",
      data: spread.map((_, count) => (count === most ? `${count}+` : String(count))),
      ...axis(colors),
      ...titled(colors, "objects in an image"),
    },
    yAxis: { type: "value", minInterval: 1, ...axis(colors) },
    series: [
      { name: "images", type: "bar", barMaxWidth: 36, itemStyle: { color: colors.accent }, data: spread },
    ],
  });
}

/** The mean count of each class over the frames of a video. */
export function timeLines(
  classes: readonly Named[],
  { at, means }: { at: readonly number[]; means: readonly (readonly (number | null)[])[] },
) {
  return (colors: ChartColors): EChartsCoreOption => ({
    grid: { left: 48, right: 16, top: 32, bottom: 44 },
    xAxis: {
      type: "value",
      min: 0,
      max: Math.max(...at, 1) / 1000,
      ...axis(colors),
      ...titled(colors, "seconds"),
    },
    yAxis: { type: "value", ...axis(colors) },
    series: classes.map(({ name, color }, place) => ({
      name,
      type: "line",
      showSymbol: false,
      connectNulls: true,
      itemStyle: { color },
      lineStyle: { color, width: 1.5 },
      data: at.map((time, bin) => [time / 1000, means[place]?.[bin] ?? null]),
    })),
  });
}
