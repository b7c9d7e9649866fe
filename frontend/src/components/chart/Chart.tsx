import { Skeleton, useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import classes from "./Chart.module.css";
import { baseOption, type ChartColors, chartColors } from "./style";
import { type ChartCell, useCellFrame } from "./use-cell-frame";

/** In units of the axes: a line across the plot at `x`, and a point where there is a `y`. */
export type ChartMark = { readonly x: number; readonly y?: number; readonly line: boolean };

type ChartProps = {
  /** Built anew for light and dark; keep it a stable function (useCallback) to avoid redrawing. */
  option: (colors: ChartColors) => EChartsCoreOption;
  /** Laid over the option without redrawing it: what moves with a slider. */
  overlay?: (colors: ChartColors) => EChartsCoreOption;
  /** A place that moves with a slider. It lies over the chart, which is not drawn again for it. */
  mark?: ChartMark;
  /** A cell that keys walk to: framed where the focus is on what is around the chart. */
  cell?: ChartCell;
  height?: number;
  /** What the chart shows, in words. */
  label: string;
  /** Value of the x axis where somebody clicked. */
  onPickX?: (x: number) => void;
  /** What was clicked, as ECharts tells it. */
  onPickItem?: (item: unknown) => void;
};

export function Chart({ option, overlay, mark, cell, height = 240, label, onPickX, onPickItem }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const point = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType | null>(null);
  const scheme = useComputedColorScheme("light");

  useEffect(() => {
    let alive = true;
    let created: EChartsType | null = null;
    let observer: ResizeObserver | null = null;
    void import("./engine").then(({ init }) => {
      if (!alive || !holder.current) return;
      created = init(holder.current);
      observer = new ResizeObserver(() => created?.resize());
      observer.observe(holder.current);
      setChart(created);
    });
    return () => {
      alive = false;
      observer?.disconnect();
      created?.dispose();
      setChart(null);
    };
  }, []);

  useEffect(() => {
    if (!chart) return;
    const colors = chartColors(scheme);
    chart.setOption({ ...baseOption(colors), ...option(colors) }, { notMerge: true, lazyUpdate: true });
  }, [chart, option, scheme]);

  useEffect(() => {
    if (chart && overlay) chart.setOption(overlay(chartColors(scheme)), { lazyUpdate: true });
  }, [chart, option, overlay, scheme]);

  const { x, y, line: hasLine = false } = mark ?? {};
  useLayoutEffect(() => {
    if (!chart || x === undefined) return;
    const place = () => {
      // An empty chart is drawn, too, before it knows its option: it has no places yet.
      if (!hasAxes(chart)) return;
      const [left = 0, bottom = 0] = chart.convertToPixel("grid", [x, 0]);
      const top = topOf(chart);
      if (line.current)
        Object.assign(line.current.style, {
          display: hasLine ? "block" : "none",
          transform: `translate(${left}px, ${top}px)`,
          height: `${bottom - top}px`,
        });
      if (!point.current || y === undefined) return;
      const [, pointTop = 0] = chart.convertToPixel("grid", [x, y]);
      point.current.style.display = "block";
      point.current.style.transform = `translate(${left}px, ${pointTop}px) translate(-50%, -50%)`;
    };
    place();
    chart.on("rendered", place);
    return () => {
      chart.off("rendered", place);
    };
  }, [chart, x, y, hasLine]);

  useCellFrame(chart, frame, cell ?? null);

  useEffect(() => {
    if (!chart || !onPickX) return;
    const zr = chart.getZr();
    const pick = (event: { offsetX: number; offsetY: number }) => {
      const point = [event.offsetX, event.offsetY];
      if (!chart.containPixel("grid", point)) return;
      const [x] = chart.convertFromPixel("grid", point) as number[];
      if (x !== undefined) onPickX(x);
    };
    zr.on("click", pick);
    return () => zr.off("click", pick);
  }, [chart, onPickX]);

  useEffect(() => {
    if (!chart || !onPickItem) return;
    chart.on("click", onPickItem);
    return () => {
      chart.off("click", onPickItem);
    };
  }, [chart, onPickItem]);

  return (
    <div style={{ position: "relative", height }}>
      {!chart && <Skeleton height={height} />}
      <div ref={holder} role="img" aria-label={label} style={{ position: "absolute", inset: 0 }} />
      {cell && <div ref={frame} className={classes.cell} />}
      {mark && (
        <>
          <div ref={line} className={classes.line} />
          <div ref={point} className={classes.point} />
        </>
      )}
    </div>
  );
}

type Grid = { readonly top?: number };

/** Where the plot begins, in pixels. */
function topOf(chart: EChartsType): number {
  const { grid } = chart.getOption() as { grid?: Grid[] };
  return grid?.[0]?.top ?? 0;
}

function hasAxes(chart: EChartsType): boolean {
  const option = chart.getOption() as { xAxis?: unknown[] } | undefined;
  return (option?.xAxis?.length ?? 0) > 0;
}
