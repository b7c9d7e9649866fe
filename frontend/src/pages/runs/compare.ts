/** Several runs side by side: what of them differs, who is best, their lines on one axis. */
import type { EChartsCoreOption } from "echarts/core";
import type { ArgumentValue, Epoch, Run } from "@/api/types";
import { type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { figureWords } from "@/lib/figures";
import { idList } from "@/lib/ids";
import { startOf } from "@/lib/models";
import { flag, numberIn, oneOf, writeParams } from "@/lib/urlState";
import { CURVE_KINDS } from "../results/curveCharts";
import { maybeShare } from "../review/address";
import { nameInGroup } from "./groups";

/** More lines than this nobody tells apart. */
export const MOST_COMPARED = 12;

export function compareAddress(ids: readonly number[]): string {
  return `/runs/compare?runs=${ids.slice(0, MOST_COMPARED).join(",")}`;
}

export const METRICS = ["map50_95", "map50", "precision", "recall"] as const;
export const LOSSES = ["seg", "box", "cls", "dfl"] as const;

/** What the page keeps in its address. */
export const ADDRESS = {
  runs: idList,
  metric: oneOf(METRICS, "map50_95"),
  basis: oneOf(["mask", "box"] as const, "mask"),
  loss: oneOf(LOSSES, "seg"),
  part: oneOf(["val", "train"] as const, "val"),
  all: flag(),
  curve: oneOf(CURVE_KINDS, "pr"),
  /** One for all; none is the best of the first run. */
  confidence: maybeShare,
  direction: oneOf(["worse", "better", "same"] as const, "worse"),
  flip: oneOf(["lost", "found"] as const, "lost"),
  /** The class whose flipped objects are shown. */
  class: numberIn(-1, 100_000, -1, 0),
  /** The evaluation whose images and objects are compared with those of the first run. */
  other: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
};
export type CompareAddress = { [K in keyof typeof ADDRESS]: ReturnType<(typeof ADDRESS)[K]["parse"]> };

/** The page with something else opened: a count leads to the images or objects that it counts. */
export function openedAddress(
  address: CompareAddress,
  change: Partial<CompareAddress>,
  place: "images" | "flipped",
): string {
  const params = writeParams(ADDRESS, new URLSearchParams(), { ...address, ...change });
  return `/runs/compare?${params}#${place}`;
}

/** The evaluation that the first is compared with in the lists of images and objects. */
export function chosenOther(ids: readonly number[], { other }: Pick<CompareAddress, "other">): number {
  return ids.includes(other) && other !== ids[0] ? other : (ids[1] ?? 0);
}

export type CompareRow = { name: string; values: string[]; differs: boolean };

const words = (value: ArgumentValue | undefined) =>
  value === undefined ? "default" : value === null || value === "" ? "none" : String(value);

/** What the runs were asked for, row by row; `differs` where not all are the same. */
export function parameterRows(runs: readonly Run[]): CompareRow[] {
  const asked: [string, (run: Run) => string][] = [
    ["Dataset", (run) => run.dataset_name],
    ["Version", (run) => String(run.version.number)],
    ["Starts from", startOf],
    ["Epochs", (run) => String(run.epochs)],
    ["Image size", (run) => `${run.parameters.image_size} px`],
    ["Batch", (run) => batchWords(run)],
    ["Fold", ({ parameters: { fold } }) => (fold ? `${fold.number} of ${fold.count}` : "–")],
    ["Seed", (run) => String(run.parameters.seed)],
    ["Patience", (run) => String(run.parameters.patience)],
    ["Learning rate", (run) => words(run.parameters.learning_rate ?? "chosen by Ultralytics")],
    ["Device", (run) => run.device_name || run.parameters.device],
  ];
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.parameters.arguments)))].sort();
  const further = names.map((name): [string, (run: Run) => string] => [
    name,
    (run) => words(run.parameters.arguments[name] as ArgumentValue | undefined),
  ]);
  return [...asked, ...further].map(([name, read]) => {
    const values = runs.map(read);
    return { name, values, differs: new Set(values).size > 1 };
  });
}

function batchWords({ batch, parameters }: Run): string {
  return batch === parameters.batch ? String(batch) : `${batch} (asked for ${parameters.batch})`;
}

/** The columns that hold the highest of the numbers that there are; none where all are the same. */
export function bestColumns(values: readonly (number | null | undefined)[]): ReadonlySet<number> {
  const numbers = values.filter((value): value is number => value != null && Number.isFinite(value));
  if (new Set(numbers).size < 2) return new Set();
  const best = Math.max(...numbers);
  return new Set(values.flatMap((value, i) => (value === best ? [i] : [])));
}

/** Names that tell the runs apart: without the name of a group that all are of, and with their
 *  number where one comes twice. */
export function uniqueNames(runs: readonly Pick<Run, "id" | "name" | "group" | "group_name">[]): string[] {
  const together = runs.length > 1 && runs.every(({ group }) => group !== null && group === runs[0]?.group);
  const names = runs.map((run) => (together ? nameInGroup(run) : run.name));
  return names.map((name, i) =>
    names.indexOf(name) !== names.lastIndexOf(name) ? `${name} #${runs[i]?.id}` : name,
  );
}

export type LineOf = (epoch: Epoch) => number | null;

/** One line a run; colours repeat after the palette's end, dashed. */
export function compareOption(
  colors: ChartColors,
  names: readonly string[],
  rows: readonly (readonly Epoch[])[],
  valueOf: LineOf,
  isMetric: boolean,
): EChartsCoreOption {
  const longest = Math.max(2, ...rows.map((epochs) => epochs.at(-1)?.epoch ?? 0));
  return {
    tooltip: {
      ...tooltip(colors),
      valueFormatter: (value: number | null) =>
        isMetric ? figureWords(value, "nothing_found") : (value ?? 0).toFixed(4),
    },
    legend: { show: false },
    grid: { left: 48, right: 16, top: 12, bottom: 32 },
    xAxis: valueAxis(colors, {
      min: 1,
      max: longest,
      minInterval: 1,
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: colors.line } },
    }),
    yAxis: valueAxis(colors, isMetric ? { min: 0, max: 1, interval: 0.2 } : { scale: true, splitNumber: 4 }),
    series: names.map((name, i) => {
      const color = colors.series[i % colors.series.length];
      return {
        type: "line",
        name,
        showSymbol: (rows[i]?.length ?? 0) < 2,
        symbolSize: 6,
        lineStyle: { width: 1.8, color, type: i < colors.series.length ? "solid" : [6, 4] },
        itemStyle: { color },
        data: (rows[i] ?? []).map((epoch) => [epoch.epoch, valueOf(epoch)]),
      };
    }),
  };
}
