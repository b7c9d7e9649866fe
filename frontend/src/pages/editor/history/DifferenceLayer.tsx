import { useCallback, useRef } from "react";
import type { Instance } from "@/canvas/model/document";
import type { Editor } from "@/canvas/editor/editor";
import { visibleBox } from "@/canvas/geometry/camera";
import { boxesMeet, boxOf } from "@/canvas/geometry/polygons";
import { traceRings } from "@/canvas/render/paint";
import { useOverlayCanvas } from "../overlay-canvas";
import type { Comparison } from "./compare";
import overlay from "../overlay.module.css";

/** Told apart by colour-blind people too, and by their dashes. Also in history.module.css. */
const LOOKS = {
  onlyThen: { color: "#56b4e9", dash: [] },
  onlyNow: { color: "#d55e00", dash: [8, 6] },
  changed: { color: "#f0e442", dash: [] },
  wasChanged: { color: "#f0e442", dash: [2, 5] },
} as const;

const LINE_PX = 3;

/** Above the canvases: what is only in the revision shown, what is only there now, and what has changed. */
export function DifferenceLayer({ editor, comparison }: { editor: Editor; comparison: Comparison }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const draw = useCallback(
    (context: CanvasRenderingContext2D, on: Editor, ratio: number) =>
      drawComparison(context, on, comparison, ratio),
    [comparison],
  );
  useOverlayCanvas(ref, editor, draw);
  return <canvas ref={ref} className={overlay.layer} aria-hidden />;
}

function drawComparison(
  context: CanvasRenderingContext2D,
  { viewport: { camera, view } }: Editor,
  { onlyThen, onlyNow, changed }: Comparison,
  ratio: number,
): void {
  const box = visibleBox(camera, view);
  const device = { scale: camera.scale * ratio, x: camera.x * ratio, y: camera.y * ratio };
  const layers: [keyof typeof LOOKS, readonly Instance[]][] = [
    ["wasChanged", changed.map(({ now }) => now)],
    ["onlyNow", onlyNow],
    ["changed", changed.map(({ then }) => then)],
    ["onlyThen", onlyThen],
  ];
  context.lineJoin = "round";
  for (const [kind, instances] of layers) {
    const { color, dash } = LOOKS[kind];
    context.beginPath();
    for (const { polygons } of instances)
      if (boxesMeet(boxOf(polygons), box)) traceRings(context, polygons.flat(), device);
    // A dark seam first: seen on a bright photograph as well.
    context.setLineDash([]);
    context.strokeStyle = "rgb(10 14 15 / 55%)";
    context.lineWidth = (LINE_PX + 2) * ratio;
    context.stroke();
    context.setLineDash(dash.map((length) => length * ratio));
    context.strokeStyle = color;
    context.lineWidth = LINE_PX * ratio;
    context.stroke();
  }
}
