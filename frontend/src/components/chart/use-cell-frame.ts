import type { EChartsType } from "echarts/core";
import { type RefObject, useLayoutEffect } from "react";

/** A cell of a chart whose axes are categories: their places, from 0. */
export type ChartCell = { readonly x: number; readonly y: number };

/** A cell of many classes is smaller than what an eye finds. */
const LEAST_PX = 12;

/** Lays the frame around a cell and keeps it there while the chart is zoomed or moved. A cell that comes
 *  to lie outside the plot brings the plot along. */
export function useCellFrame(
  chart: EChartsType | null,
  frame: RefObject<HTMLElement | null>,
  cell: ChartCell | null,
): void {
  const { x, y } = cell ?? {};
  useLayoutEffect(() => {
    if (!chart || x === undefined || y === undefined) return;
    showCell(chart, { x, y });
    const place = () => {
      if (!frame.current) return;
      const [left = 0, top = 0] = chart.convertToPixel("grid", [x, y]);
      const width = Math.max(LEAST_PX, stepOf(chart, "x", x));
      const height = Math.max(LEAST_PX, stepOf(chart, "y", y));
      const isSeen = chart.containPixel("grid", [left, top]);
      Object.assign(frame.current.style, {
        visibility: isSeen ? "visible" : "hidden",
        width: `${width}px`,
        height: `${height}px`,
        transform: `translate(${left}px, ${top}px) translate(-50%, -50%)`,
      });
    };
    place();
    chart.on("rendered", place);
    return () => {
      chart.off("rendered", place);
    };
  }, [chart, frame, x, y]);
}

/** Pixels from a category to the next. */
function stepOf(chart: EChartsType, axis: "x" | "y", at: number): number {
  const finder = axis === "x" ? { xAxisIndex: 0 } : { yAxisIndex: 0 };
  // The last category has no next one; an axis beyond its end answers the same place.
  const from = Math.max(0, at - 1);
  return Math.abs(chart.convertToPixel(finder, from + 1) - chart.convertToPixel(finder, from));
}

type Zoom = { readonly startValue?: number; readonly endValue?: number };

/** Moves the zoomed part of each axis as little as brings the cell into it. */
function showCell(chart: EChartsType, cell: ChartCell): void {
  const { dataZoom = [] } = chart.getOption() as { dataZoom?: Zoom[] };
  [cell.x, cell.y].forEach((at, dataZoomIndex) => {
    const { startValue, endValue } = dataZoom[dataZoomIndex] ?? {};
    if (startValue === undefined || endValue === undefined) return;
    const by = at < startValue ? at - startValue : at > endValue ? at - endValue : 0;
    if (by !== 0)
      chart.dispatchAction({
        type: "dataZoom",
        dataZoomIndex,
        startValue: startValue + by,
        endValue: endValue + by,
      });
  });
}
