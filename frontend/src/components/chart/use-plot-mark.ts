import type { EChartsType } from "echarts/core";
import { type RefObject, useCallback, useLayoutEffect, useRef } from "react";

/** In units of the axes: a line across the plot at `x`, and a point where there is a `y`. */
export type ChartMark = { readonly x: number; readonly y?: number; readonly line: boolean };

type Elements = {
  readonly line: RefObject<HTMLElement | null>;
  readonly point: RefObject<HTMLElement | null>;
};

/** Lays a mark over a chart, which is not drawn again when it moves. */
export function usePlotMark(
  chart: EChartsType | null,
  { line, point }: Elements,
  mark: ChartMark | undefined,
): void {
  const { x, y, line: hasLine = false } = mark ?? {};
  // Pixels to where the plot begins; null until the chart knows its axes. Asking for its option copies all
  // of its points: once for each drawing, not for each move of the mark.
  const top = useRef<number | null>(null);

  const place = useCallback(() => {
    if (!chart || x === undefined || top.current === null) return;
    const [left = 0, bottom = 0] = chart.convertToPixel("grid", [x, 0]);
    if (line.current)
      Object.assign(line.current.style, {
        display: hasLine ? "block" : "none",
        transform: `translate(${left}px, ${top.current}px)`,
        height: `${bottom - top.current}px`,
      });
    if (!point.current || y === undefined) return;
    const [, pointTop = 0] = chart.convertToPixel("grid", [x, y]);
    point.current.style.display = "block";
    point.current.style.transform = `translate(${left}px, ${pointTop}px) translate(-50%, -50%)`;
  }, [chart, line, point, x, y, hasLine]);

  const latest = useRef(place);
  useLayoutEffect(() => {
    latest.current = place;
    place();
  }, [place]);

  useLayoutEffect(() => {
    if (!chart) return;
    const look = () => {
      top.current = topOf(chart);
      latest.current();
    };
    look();
    chart.on("rendered", look);
    return () => {
      chart.off("rendered", look);
    };
  }, [chart]);
}

type Option = { readonly grid?: { readonly top?: number }[]; readonly xAxis?: unknown[] };

/** Where the plot begins, in pixels. An empty chart is drawn, too, before it knows its option. */
function topOf(chart: EChartsType): number | null {
  const { grid, xAxis = [] } = (chart.getOption() as Option | undefined) ?? {};
  return xAxis.length > 0 ? (grid?.[0]?.top ?? 0) : null;
}
