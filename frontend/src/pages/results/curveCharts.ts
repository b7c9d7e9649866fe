import type { EChartsCoreOption } from "echarts/core";
import type { Basis, ClassMetrics, Curves, CurveSet } from "@/api/types";
import { type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { curvePoints, valueAt } from "@/lib/curves";
import { formatMetric } from "@/lib/format";
import type { Average, Rate, RateCurves } from "@/review-data/rates";

/** More classes than this are drawn as their mean only: no palette keeps them apart. */
const CLASSES_DRAWN = 12;

/** Whether each class has a line of its own. */
export const drawsClasses = ({ class_names: { length } }: Curves): boolean =>
  length > 1 && length <= CLASSES_DRAWN;

export const CURVE_KINDS = ["pr", "f1", "precision", "recall"] as const;
export type CurveKind = (typeof CURVE_KINDS)[number];
export const CURVE_TITLES: Record<CurveKind, string> = {
  pr: "Precision over recall",
  f1: "F1 over confidence",
  precision: "Precision over confidence",
  recall: "Recall over confidence",
};

const BEST = "best F1";
/** AP is computed from the envelope of precision over recall, which lies above what a model has at a
 *  confidence. The marks lie on the latter. */
const AT_CONFIDENCES = "by confidence";
/** Icons of the legend. ECharts stretches its own to the height of all, and keeps the shape of paths. */
const LINE = "path://M1,0h12a1,1 0 0 1 0,3h-12a1,1 0 0 1 0,-3z";
const DASHES = "path://M0,0h5v3h-5zM9,0h5v3h-5z";
const DIAMOND = "path://M5,0l5,5l-5,5l-5,-5z";
const nameOf = (curves: Curves, i: number) => curves.class_names[i] ?? `class ${i}`;

/** The server's precision over recall, whose area AP is, with the rates as the page counts them. */
export function joinRates(curves: Curves, rates: RateCurves, basis: Basis, average: Average): Curves {
  const own = rates.average[average];
  const curve = (rate: Rate) => ({
    mean: own[rate].map((value) => value ?? Number.NaN),
    per_class: rates.perClass.map((row) => row[rate]),
    all_objects: [],
  });
  const set = {
    pr: curves[basis].pr,
    precision: curve("precision"),
    recall: curve("recall"),
    f1: curve("f1"),
  };
  return { ...curves, confidence: rates.confidence, [basis]: set };
}

/** In the order of the curves: a class without a label in the split has none. */
export function colorsOf(
  { class_indices: indices }: Curves,
  classes: readonly Pick<ClassMetrics, "class_index" | "color">[],
): string[] {
  const known = new Map(classes.map(({ class_index, color }) => [class_index, color]));
  return indices.map((index) => known.get(index) ?? "#9aa3a4");
}

export function curveOption(
  colors: ChartColors,
  curves: Curves,
  set: CurveSet,
  kind: CurveKind,
  /** `classColors`: in the order of the curves. `hidden`: places there. `best`: the confidence of the best F1,
   *  which is marked. */
  {
    classColors,
    hidden,
    best,
  }: { classColors: readonly string[]; hidden: ReadonlySet<number>; best: number },
): EChartsCoreOption {
  const xs = kind === "pr" ? curves.recall : curves.confidence;
  const kindName = CURVE_TITLES[kind].split(" ")[0];
  const { mean, per_class: perClass } = set[kind];
  const classLines = drawsClasses(curves) ? perClass.map((ys, i) => ({ ys, i })) : [];
  const allName = classLines.length > 0 ? "all classes" : kind === "pr" ? "envelope" : kindName;
  const one = { min: 0, max: 1, interval: 0.2 };
  return {
    legend: {
      data: [
        allName,
        ...(kind === "pr" ? [{ name: AT_CONFIDENCES, icon: DASHES }] : []),
        { name: BEST, icon: DIAMOND, itemStyle: { opacity: 1 } },
      ],
      type: "scroll",
      top: 0,
      left: 0,
      icon: LINE,
      itemWidth: 14,
      itemHeight: 10,
      textStyle: { color: colors.dimmed, fontSize: 12 },
    },
    grid: { left: 40, right: 14, top: 30, bottom: 40 },
    tooltip: { ...tooltip(colors), valueFormatter: (value: unknown) => formatMetric(Number(value)) },
    xAxis: valueAxis(colors, {
      ...one,
      name: kind === "pr" ? "Recall" : "Confidence",
      nameLocation: "middle",
      nameGap: 24,
    }),
    yAxis: valueAxis(colors, one),
    series: [
      ...classLines
        .filter(({ i }) => !hidden.has(i))
        .map(({ ys, i }) => ({
          type: "line",
          name: nameOf(curves, i),
          showSymbol: false,
          lineStyle: { width: 1.2, opacity: 0.85, color: classColors[i] },
          itemStyle: { color: classColors[i] },
          data: curvePoints(xs, ys),
        })),
      {
        type: "line",
        name: allName,
        showSymbol: false,
        lineStyle: { width: 2.6, color: colors.accent },
        itemStyle: { color: colors.accent },
        data: curvePoints(xs, mean),
      },
      ...(kind === "pr"
        ? [
            {
              type: "line",
              name: AT_CONFIDENCES,
              showSymbol: false,
              lineStyle: { width: 1.4, type: "dashed", color: colors.accent },
              itemStyle: { color: colors.accent },
              // Every sample: the marks lie on it to the pixel.
              data: set.recall.mean.map((recall, i) => [recall, set.precision.mean[i] as number]),
              silent: true,
              tooltip: { show: false },
            },
          ]
        : []),
      {
        type: "line",
        name: BEST,
        data: [markOf(curves, set, kind, best)],
        symbol: "diamond",
        symbolSize: 11,
        showSymbol: true,
        z: 5,
        lineStyle: { opacity: 0 },
        itemStyle: { color: colors.accent, borderColor: colors.surface, borderWidth: 1 },
        silent: true,
        tooltip: { show: false },
      },
    ],
  };
}

/** Where a confidence stands on a curve. */
export function markOf(curves: Curves, set: CurveSet, kind: CurveKind, confidence: number): [number, number] {
  const at = (ys: readonly number[]) => valueAt(curves.confidence, ys, confidence);
  return kind === "pr" ? [at(set.recall.mean), at(set.precision.mean)] : [confidence, at(set[kind].mean)];
}
