/** Draws a frame's objects on a canvas: polygons, and on demand names and confidences. */
import { formatThreshold } from "@/lib/figures";
import { CLASS_PALETTE } from "@/lib/colors";
import type { FrameInstance } from "./wire";

export type ColorBy = "class" | "track";

export type Look = {
  readonly classes: readonly { readonly name: string; readonly color: string }[];
  readonly colorBy: ColorBy;
  /** Names and confidences beside the objects. */
  readonly names: boolean;
  /** A track that stands out; the others are faint. */
  readonly lit: number | null;
};

export type Context = Pick<
  CanvasRenderingContext2D,
  | "beginPath"
  | "moveTo"
  | "lineTo"
  | "closePath"
  | "fill"
  | "stroke"
  | "fillRect"
  | "fillText"
  | "measureText"
  | "fillStyle"
  | "strokeStyle"
  | "lineWidth"
  | "lineJoin"
  | "globalAlpha"
  | "font"
  | "textBaseline"
>;

export function colorOf(
  [classIndex, , track]: FrameInstance,
  { classes, colorBy }: Pick<Look, "classes" | "colorBy">,
): string {
  if (colorBy === "track" && track !== null) return trackColor(track);
  return classes[classIndex]?.color ?? "#888888";
}

export function trackColor(track: number): string {
  return CLASS_PALETTE[track % CLASS_PALETTE.length] as string;
}

/** `scale`: pixels of the canvas for one of the video; `unit`: of the canvas for one of the page. */
export function drawObjects(
  context: Context,
  instances: readonly FrameInstance[],
  look: Look,
  { scale, unit }: { scale: number; unit: number },
): void {
  context.lineJoin = "round";
  for (const instance of instances) {
    const [, , track, points] = instance;
    if (points.length < 6) continue;
    const isLit = look.lit !== null && track === look.lit;
    const isFaint = look.lit !== null && !isLit;
    const color = colorOf(instance, look);
    context.beginPath();
    context.moveTo((points[0] as number) * scale, (points[1] as number) * scale);
    for (let i = 2; i + 1 < points.length; i += 2) {
      context.lineTo((points[i] as number) * scale, (points[i + 1] as number) * scale);
    }
    context.closePath();
    context.fillStyle = color;
    context.globalAlpha = isFaint ? 0.08 : isLit ? 0.42 : 0.28;
    context.fill();
    context.strokeStyle = color;
    context.globalAlpha = isFaint ? 0.35 : 1;
    context.lineWidth = (isLit ? 3.5 : 1.75) * unit;
    context.stroke();
  }
  context.globalAlpha = 1;
  // Above all outlines, so that none crosses a name.
  if (look.names) {
    for (const instance of instances) {
      if (look.lit === null || instance[2] === look.lit) drawName(context, instance, look, scale, unit);
    }
  }
}

function drawName(context: Context, instance: FrameInstance, look: Look, scale: number, unit: number): void {
  const [, , , points] = instance;
  let [x, y] = [Infinity, Infinity];
  for (let i = 0; i + 1 < points.length; i += 2) {
    if ((points[i + 1] as number) < y) [x, y] = [points[i] as number, points[i + 1] as number];
  }
  if (!Number.isFinite(x)) return;
  const height = 17 * unit;
  context.font = `600 ${11.5 * unit}px "Inter Variable", system-ui, sans-serif`;
  context.textBaseline = "middle";
  const words = wordsOf(instance, look.classes);
  const width = context.measureText(words).width + 10 * unit;
  const left = Math.max(0, x * scale - width / 2);
  const top = Math.max(0, y * scale - height - 3 * unit);
  context.globalAlpha = 0.82;
  context.fillStyle = "#101414";
  context.fillRect(left, top, width, height);
  context.globalAlpha = 1;
  context.fillStyle = colorOf(instance, look);
  context.fillRect(left, top, 3 * unit, height);
  context.fillStyle = "#ffffff";
  context.fillText(words, left + 6 * unit, top + height / 2);
}

/** "car 12 0.871": class, track, confidence. */
export function wordsOf(
  [classIndex, confidence, track]: FrameInstance,
  classes: readonly { readonly name: string }[],
): string {
  const name = classes[classIndex]?.name ?? `class ${classIndex}`;
  return `${name}${track === null ? "" : ` ${track}`} ${formatThreshold(confidence)}`;
}

/** The object on top at a point of the video; even-odd, as the masks are filled by outline. */
export function instanceAt(instances: readonly FrameInstance[], x: number, y: number): FrameInstance | null {
  for (let i = instances.length - 1; i >= 0; i -= 1) {
    const instance = instances[i] as FrameInstance;
    if (isInside(instance[3], x, y)) return instance;
  }
  return null;
}

function isInside(points: readonly number[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = points.length - 2; i + 1 < points.length; j = i, i += 2) {
    const [xi, yi] = [points[i] as number, points[i + 1] as number];
    const [xj, yj] = [points[j] as number, points[j + 1] as number];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
