import { useCallback, useRef } from "react";
import type { Editor } from "@/canvas/editor/editor";
import { visibleBox } from "@/canvas/geometry/camera";
import { boxesMeet, boxOf } from "@/canvas/geometry/polygons";
import type { Polygons } from "@/canvas/geometry/types";
import { traceRings } from "@/canvas/render/paint";
import { useOverlayCanvas } from "../overlay-canvas";
import type { Ghost } from "./ghosts";
import overlay from "../overlay.module.css";

/** Told apart by their dashes as well. Also in GhostBar. */
export const LOOKS = {
  current: { color: "#ffffff", dash: [9, 5], width: 3 },
  other: { color: "#ffffffa0", dash: [3, 5], width: 1.5 },
  label: { color: "#d55e00", dash: [1, 4], width: 3 },
} as const;

type Props = {
  editor: Editor;
  ghosts: readonly Ghost[];
  current: Ghost | null;
  /** The label that was asked for, as it was evaluated. */
  label: Polygons;
};

/** Above the canvases: what the model predicted here, the one in question before the others. */
export function GhostLayer({ editor, ghosts, current, label }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  const draw = useCallback(
    (context: CanvasRenderingContext2D, { viewport: { camera, view } }: Editor, ratio: number) => {
      const box = visibleBox(camera, view);
      const device = { scale: camera.scale * ratio, x: camera.x * ratio, y: camera.y * ratio };
      const stroke = (each: readonly Polygons[], kind: keyof typeof LOOKS): void => {
        const { color, dash, width } = LOOKS[kind];
        context.beginPath();
        for (const polygons of each)
          if (polygons.length > 0 && boxesMeet(boxOf(polygons), box))
            traceRings(context, polygons.flat(), device);
        // A dark seam first: seen on a bright photograph as well.
        context.setLineDash([]);
        context.strokeStyle = "rgb(10 14 15 / 55%)";
        context.lineWidth = (width + 2) * ratio;
        if (kind !== "other") context.stroke();
        context.setLineDash(dash.map((length) => length * ratio));
        context.strokeStyle = color;
        context.lineWidth = width * ratio;
        context.stroke();
      };
      context.lineJoin = "round";
      context.lineCap = "round";
      stroke(
        ghosts.filter((ghost) => ghost !== current).map(({ polygons }) => polygons),
        "other",
      );
      stroke([label], "label");
      if (current) stroke([current.polygons], "current");
    },
    [ghosts, current, label],
  );
  useOverlayCanvas(ref, editor, draw);
  return <canvas ref={ref} className={overlay.layer} aria-hidden />;
}
