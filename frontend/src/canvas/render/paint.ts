import type { Camera } from "../geometry/camera";
import type { FlatRings } from "../scene/outline";
import type { SceneItem } from "../scene/scene";
import { colorOfInstance, type ShapeStyle, withAlpha } from "../model/style";
import { makeSurface } from "./surface";

/** Adds rings to the context's path, in device pixels. */
export function traceRings(
  context: CanvasRenderingContext2D | Path2D,
  rings: FlatRings,
  { scale, x: dx, y: dy }: Camera,
): void {
  for (const ring of rings) {
    const n = ring.length;
    if (n < 4) continue;
    context.moveTo((ring[0] as number) * scale + dx, (ring[1] as number) * scale + dy);
    for (let i = 2; i < n; i += 2) {
      context.lineTo((ring[i] as number) * scale + dx, (ring[i + 1] as number) * scale + dy);
    }
    context.closePath();
  }
}

/** Makes an open line the context's path. */
export function traceLine(
  context: CanvasRenderingContext2D,
  line: readonly number[],
  { scale, x: dx, y: dy }: Camera,
): void {
  context.moveTo((line[0] as number) * scale + dx, (line[1] as number) * scale + dy);
  // A line of one point is a dot under a round cap.
  const last = Math.max(2, line.length - 2);
  for (let i = 2; i <= last; i += 2) {
    context.lineTo((line[i] ?? line[0] ?? 0) * scale + dx, (line[i + 1] ?? line[1] ?? 0) * scale + dy);
  }
}

/** Objects smaller than this on the screen are drawn as a dot of their size. */
const DOT_PX = 2.5;

/**
 * Draws committed objects, bottom to top, with a camera in device pixels. Bodies even-odd, so holes stay open; outlines
 * one device pixel wide where objects are small or many (the rasteriser's fast path), two where there is room.
 */
export function paintShapes(
  context: CanvasRenderingContext2D,
  items: readonly SceneItem[],
  camera: Camera,
  style: ShapeStyle,
  pixelRatio: number,
): void {
  const bold = items.length <= 150;
  context.lineJoin = "round";
  for (const item of items) {
    const color = colorOfInstance(style, item.instance);
    const width = (item.maxX - item.minX) * camera.scale;
    const height = (item.maxY - item.minY) * camera.scale;
    if (width < DOT_PX && height < DOT_PX) {
      context.fillStyle = color;
      context.fillRect(
        item.minX * camera.scale + camera.x,
        item.minY * camera.scale + camera.y,
        width + 1,
        height + 1,
      );
      continue;
    }
    context.beginPath();
    traceRings(context, item.outline.at(camera.scale), camera);
    const isRegion = item.instance.class_id === null;
    if (isRegion) fillHatched(context, pixelRatio);
    else if (style.opacity > 0) {
      context.fillStyle = withAlpha(color, style.opacity);
      context.fill("evenodd");
    }
    context.strokeStyle = color;
    context.lineWidth = bold && Math.max(width, height) > 24 ? Math.max(1, 1.5 * pixelRatio) : 1;
    // A box that waits to be outlined is dashed.
    const isDashed = item.instance.is_box && !isRegion;
    if (isDashed) context.setLineDash([5 * pixelRatio, 4 * pixelRatio]);
    context.stroke();
    if (isDashed) context.setLineDash([]);
  }
}

/** About, of one hatch to the next, in CSS pixels. */
const HATCH_PX = 10;
const hatchings = new Map<number, HTMLCanvasElement>();

/** Fills the path as an ignore region: a grey veil under dark and light strokes, seen on any image and without colours. */
export function fillHatched(context: CanvasRenderingContext2D, pixelRatio: number): void {
  context.fillStyle = "rgba(114, 114, 114, 0.45)";
  context.fill("evenodd");
  const side = hatchSide(pixelRatio);
  let hatching = hatchings.get(side);
  if (!hatching) hatchings.set(side, (hatching = hatchingOf(side)));
  const pattern = context.createPattern(hatching, "repeat");
  if (!pattern) return;
  context.fillStyle = pattern;
  context.fill("evenodd");
}

/** A power of two, in device pixels: shapes are painted in tiles of 256, and strokes go on from one to the next. */
export function hatchSide(pixelRatio: number): number {
  return 2 ** Math.min(6, Math.max(2, Math.round(Math.log2(HATCH_PX * pixelRatio))));
}

function hatchingOf(side: number): HTMLCanvasElement {
  const { canvas, context } = makeSurface({ width: side, height: side });
  const width = side / 8;
  for (const [shift, color] of [
    [0, "rgba(10, 14, 15, 0.7)"],
    [width, "rgba(255, 255, 255, 0.75)"],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    // Three strokes: where one leaves the tile, its neighbour goes on.
    for (const start of [-side, 0, side]) {
      context.moveTo(start + shift - width, side + width);
      context.lineTo(start + shift + side + width, -width);
    }
    context.stroke();
  }
  return canvas;
}
