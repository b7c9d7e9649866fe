/** The trials of a search: in order of their result, and as charts. All are pure. */
import type { EChartsCoreOption } from "echarts/core";
import type { Dimension, Search, Trial, TrialState } from "@/api/types";
import { categoryAxis, type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { formatMetric } from "@/lib/format";

const ENDED_WITH_RESULT: readonly TrialState[] = ["finished", "pruned", "stopped"];
const ACTIVE: readonly TrialState[] = ["queued", "running", "cancelling"];

export function hasResult({ state, value }: Trial): boolean {
  return ENDED_WITH_RESULT.includes(state) && value !== null;
}

export function isTrialActive({ state }: Trial): boolean {
  return ACTIVE.includes(state);
}

/** The best first, of equal ones the earlier, as the best is; then those without a result, the newest first. */
export function byResult(trials: readonly Trial[]): Trial[] {
  const score = (trial: Trial) => (hasResult(trial) ? (trial.value ?? -1) : -1);
  const byNumber = (a: Trial, b: Trial) => (hasResult(a) ? a.number - b.number : b.number - a.number);
  return [...trials].sort((a, b) => score(b) - score(a) || byNumber(a, b));
}

export function bestTrial({ trials, best }: Search): Trial | undefined {
  return trials.find(({ number }) => number === best);
}

/** "4 finished, 2 stopped early, 1 failed". */
export function trialCounts(trials: readonly Trial[]): string {
  const counts: [string, number][] = [
    ["training", trials.filter(({ state }) => state === "running" || state === "cancelling").length],
    ["waiting", trials.filter(({ state }) => state === "queued").length],
    ["finished", trials.filter(({ state }) => state === "finished").length],
    ["stopped early", trials.filter(({ state }) => state === "pruned" || state === "stopped").length],
    ["failed", trials.filter(({ state }) => state === "failed").length],
    [
      "cancelled or deleted",
      trials.filter(({ state }) => state === "cancelled" || state === "deleted").length,
    ],
  ];
  return counts
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(", ");
}

/** Four digits: 0.0012, 3.142, 12. */
export function formatArgument(value: number | undefined): string {
  return value === undefined ? "–" : String(Number(value.toPrecision(4)));
}

const NAMES = { finished: "Finished", early: "Stopped early", best: "Best so far" };

function points(colors: ChartColors, trials: readonly Trial[], x: (trial: Trial) => number | undefined) {
  const series = (name: string, shown: readonly Trial[], color: string | undefined, hollow: boolean) => ({
    type: "scatter",
    name,
    symbolSize: 9,
    itemStyle: hollow ? { color: "transparent", borderColor: color, borderWidth: 1.5 } : { color },
    data: shown.flatMap((trial) => {
      const at = x(trial);
      return at === undefined ? [] : [[at, trial.value, trial.number + 1]];
    }),
  });
  const shown = trials.filter(hasResult);
  const finished = shown.filter(({ state }) => state === "finished");
  const early = shown.filter(({ state }) => state !== "finished");
  return [
    series(NAMES.finished, finished, colors.series[0], false),
    series(NAMES.early, early, colors.dimmed, true),
  ];
}

const pointTooltip = (colors: ChartColors) => ({
  ...tooltip(colors),
  trigger: "item",
  formatter: ({ value }: { value: number[] }) =>
    value.length > 2
      ? `Trial ${value[2]}: mask mAP50-95 ${formatMetric(value[1])}`
      : `Best until trial ${value[0]}: ${formatMetric(value[1])}`,
});

const resultAxis = (colors: ChartColors) =>
  valueAxis(colors, {
    scale: true,
    axisLabel: { color: colors.dimmed, fontSize: 11, formatter: formatMetric },
  });

const nameBelow = (name: string) => ({ name, nameLocation: "middle", nameGap: 26 });

/** What each trial came to, in the order in which they were asked for, and the best until then. */
export function resultOption(
  colors: ChartColors,
  trials: readonly Trial[],
  trialCount: number,
): EChartsCoreOption {
  let best = -1;
  const line = trials.filter(hasResult).flatMap((trial) => {
    if ((trial.value ?? -1) <= best) return [];
    best = trial.value ?? best;
    return [[trial.number + 1, best]];
  });
  const last = trials.filter(hasResult).at(-1);
  if (last && line.length > 0) line.push([last.number + 1, best]);
  return {
    grid: { left: 48, right: 16, top: 32, bottom: 44 },
    tooltip: pointTooltip(colors),
    xAxis: valueAxis(colors, { min: 1, max: trialCount, minInterval: 1, ...nameBelow("Trial") }),
    yAxis: resultAxis(colors),
    series: [
      ...points(colors, trials, ({ number }) => number + 1),
      {
        type: "line",
        name: NAMES.best,
        step: "end",
        showSymbol: false,
        lineStyle: { width: 2, color: colors.accent },
        itemStyle: { color: colors.accent },
        data: line,
      },
    ],
  };
}

/** What trials came to over one of the arguments. */
export function argumentOption(
  colors: ChartColors,
  trials: readonly Trial[],
  { name, low, high, log }: Dimension,
): EChartsCoreOption {
  return {
    grid: { left: 48, right: 16, top: 32, bottom: 44 },
    tooltip: pointTooltip(colors),
    xAxis: {
      ...valueAxis(colors, { min: low, max: high, ...nameBelow(name) }),
      type: log ? "log" : "value",
    },
    yAxis: resultAxis(colors),
    series: points(colors, trials, ({ parameters }) => parameters[name]),
  };
}

/** The largest on top. */
export function importanceOption(colors: ChartColors, importance: Search["importance"]): EChartsCoreOption {
  const rows = [...importance].reverse();
  return {
    legend: { show: false },
    grid: { left: 100, right: 44, top: 4, bottom: 8 },
    tooltip: { ...tooltip(colors), axisPointer: { type: "shadow" }, valueFormatter: percent },
    xAxis: valueAxis(colors, { min: 0, axisLabel: { show: false }, splitLine: { show: false } }),
    yAxis: categoryAxis(
      colors,
      rows.map(({ name }) => name),
    ),
    series: [
      {
        type: "bar",
        name: "Share",
        barMaxWidth: 16,
        itemStyle: { color: colors.accent },
        label: {
          show: true,
          position: "right",
          color: colors.dimmed,
          fontSize: 11,
          formatter: ({ value }: { value: number }) => percent(value),
        },
        data: rows.map(({ share }) => share),
      },
    ],
  };
}

const percent = (value: unknown) => `${Math.round(Number(value) * 100)} %`;
