/** Draws counts over time as stacked steps, one colour a class. */
import type { Stretch } from "./lanes";
import { type Layers, niceTop, type Timeline } from "./timeline";

export type TimelineLook = {
  readonly colors: readonly string[];
  readonly text: string;
  readonly line: string;
  readonly undone: string;
};

type Drawing = {
  timeline: Timeline;
  layers: Layers;
  stretch: Stretch;
  durationMs: number;
  /** What is counted so far ends here. */
  untilMs: number;
  marksMs: readonly number[];
  look: TimelineLook;
};

const TOP = 16;
const BOTTOM = 18;

/** `width`, `height` in pixels of the page; the context is scaled to those of the screen. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  { width, height }: { width: number; height: number },
  { timeline, layers, stretch, durationMs, untilMs, marksMs, look }: Drawing,
): void {
  context.clearRect(0, 0, width, height);
  const length = Math.max(1, stretch.toMs - stretch.fromMs);
  const xOf = (ms: number) => ((ms - stretch.fromMs) / length) * width;
  const floor = height - BOTTOM;
  const top = niceTop(layers.highest);
  const unit = (floor - TOP) / top;
  if (untilMs < durationMs) {
    context.fillStyle = look.undone;
    const from = Math.max(0, xOf(untilMs));
    context.fillRect(from, 0, Math.max(0, xOf(durationMs) - from), floor);
  }
  context.strokeStyle = look.line;
  context.lineWidth = 1;
  context.beginPath();
  for (const y of [TOP, floor]) {
    context.moveTo(0, Math.round(y) + 0.5);
    context.lineTo(width, Math.round(y) + 0.5);
  }
  context.stroke();
  const { bins } = timeline;
  for (let i = 0; i < bins.length; i += 1) {
    const begin = bins[i]?.time_ms ?? 0;
    const end = bins[i + 1]?.time_ms ?? untilMs;
    if (end < stretch.fromMs || begin > stretch.toMs) continue;
    const left = xOf(begin);
    let y = floor;
    layers.classes.forEach((classIndex, layer) => {
      const value = (layers.values[i]?.[layer] ?? 0) * unit;
      if (value <= 0) return;
      context.fillStyle = look.colors[classIndex] ?? "#888888";
      context.fillRect(left, y - value, Math.max(1, xOf(end) - left + 0.4), value);
      y -= value;
    });
  }
  context.fillStyle = look.text;
  context.font = '11px "Inter Variable", system-ui, sans-serif';
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillText(`${top} a frame`, 6, TOP / 2 + 1);
  drawTicks(context, { width, height, floor }, stretch, look);
  for (const ms of marksMs) drawMark(context, xOf(ms), look.text);
}

function drawMark(context: CanvasRenderingContext2D, x: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(x - 5, 0);
  context.lineTo(x + 5, 0);
  context.lineTo(x + 5, 8);
  context.lineTo(x, 13);
  context.lineTo(x - 5, 8);
  context.closePath();
  context.fill();
}

function drawTicks(
  context: CanvasRenderingContext2D,
  { width, height, floor }: { width: number; height: number; floor: number },
  stretch: Stretch,
  look: TimelineLook,
): void {
  const step = tickStep(stretch.toMs - stretch.fromMs, width);
  for (let ms = Math.ceil(stretch.fromMs / step) * step; ms <= stretch.toMs; ms += step) {
    const x = ((ms - stretch.fromMs) / (stretch.toMs - stretch.fromMs)) * width;
    context.fillStyle = look.line;
    context.fillRect(Math.round(x), floor, 1, 4);
    const words = tickWords(ms, step);
    const half = context.measureText(words).width / 2;
    if (x - half < 2 || x + half > width - 2) continue;
    context.fillStyle = look.text;
    context.textAlign = "center";
    context.fillText(words, x, height - BOTTOM / 2 + 1);
  }
}

const STEPS_MS = [
  100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
  3_600_000, 7_200_000, 21_600_000, 86_400_000,
];

/** Milliseconds between two ticks, at least 80 pixels apart. */
export function tickStep(lengthMs: number, width: number): number {
  const least = (lengthMs * 80) / Math.max(1, width);
  return STEPS_MS.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
}

export function tickWords(ms: number, step: number): string {
  const seconds = Math.floor(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  const tenths = step < 1000 ? `.${Math.floor((ms % 1000) / 100)}` : "";
  return h > 0 ? `${h}:${two(m)}:${two(s)}${tenths}` : `${m}:${two(s)}${tenths}`;
}
