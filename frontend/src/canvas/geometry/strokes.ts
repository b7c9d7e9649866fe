import { iouOf } from "./boolean";
import { isRing, pointCount } from "./ring";
import { simplifyLine, simplifyRing } from "./simplify";
import type { Ring } from "./types";

/** How far, in CSS pixels, a simplified stroke may lie from the hand. */
export const STROKE_TOLERANCE = 1;
export const MAX_STROKE_TOLERANCE = 8;

/** A freehand stroke as the hand drew it, after points that were clicked. Flat points in image pixels. */
export type FreehandStroke = {
  readonly points: readonly number[];
  readonly drawn: readonly number[];
  /** Of the camera while it was drawn: CSS pixels to one of the image. */
  readonly scale: number;
};

/** What simplifying has made of an outline, and what it costs: the IoU with the outline as it was. */
export type Simplified = { readonly points: number; readonly iou: number };

function asDrawn({ points, drawn }: FreehandStroke): Ring {
  return [...points, ...drawn];
}

/** The outline of a stroke no point of which lies further than `tolerance` (CSS pixels) from the hand. */
export function outlineOf(stroke: FreehandStroke, tolerance: number): Ring {
  const { points, drawn, scale } = stroke;
  const ring =
    points.length === 0
      ? simplifyRing(drawn, tolerance / scale)
      : [...points, ...simplifyLine(drawn, tolerance / scale)];
  return isRing(ring) ? ring : asDrawn(stroke);
}

export function costOf(stroke: FreehandStroke, ring: Ring): Simplified {
  return { points: pointCount(ring), iou: iouOf([[asDrawn(stroke)]], [[ring]]) };
}

/** In percent, rounded down: only what lost nothing is 100 %. */
export function formatIou(iou: number): string {
  return `${(Math.floor(iou * 1000) / 10).toFixed(1)} %`;
}
