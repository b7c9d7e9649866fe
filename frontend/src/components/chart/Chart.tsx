import { Skeleton, useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import classes from "./Chart.module.css";
import { plainTooltips } from "./plainTooltips";
import { baseOption, type ChartColors, chartColors } from "./style";
import { type ChartCell, useCellFrame } from "./use-cell-frame";
import { type ChartMark, usePlotMark } from "./use-plot-mark";

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
    const whole = { ...baseOption(colors), ...option(colors) };
    chart.setOption(plainTooltips(whole), { notMerge: true, lazyUpdate: true });
  }, [chart, option, scheme]);

  useEffect(() => {
    if (chart && overlay) chart.setOption(plainTooltips(overlay(chartColors(scheme))), { lazyUpdate: true });
  }, [chart, option, overlay, scheme]);

  usePlotMark(chart, { line, point }, mark);
  useCellFrame(chart, frame, cell ?? null);

  useEffect(() => {
    if (!chart || !onPickX) return;
    const zr = chart.getZr();
    const pick = (event: { offsetX: number; offsetY: number }) => {
      const point = [event.offsetX, event.offsetY];
      if (!chart.containPixel("grid", point)) return;
      const [x] = chart.convertFromPixel("grid", point);
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
