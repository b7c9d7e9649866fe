import { Skeleton, useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { baseOption, type ChartColors, chartColors } from "./style";

type ChartProps = {
  /** Built anew for light and dark; keep it a stable function (useCallback) to avoid redrawing. */
  option: (colors: ChartColors) => EChartsCoreOption;
  /** Laid over the option without redrawing it: what moves with a slider. */
  overlay?: (colors: ChartColors) => EChartsCoreOption;
  height?: number;
  /** What the chart shows, in words. */
  label: string;
  /** Value of the x axis where somebody clicked. */
  onPickX?: (x: number) => void;
  /** What was clicked, as ECharts tells it. */
  onPickItem?: (item: unknown) => void;
};

export function Chart({ option, overlay, height = 240, label, onPickX, onPickItem }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
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
    </div>
  );
}
