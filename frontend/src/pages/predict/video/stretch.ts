/** The stretch of a video that the timeline shows: zoomed around a time, moved along with what plays. */
import type { Stretch } from "./lanes";

/** Shorter than this, single frames are wider than a finger. */
export const SHORTEST_MS = 500;

export const wholeOf = (durationMs: number): Stretch => ({ fromMs: 0, toMs: Math.max(1, durationMs) });

/** Zooms by a factor (over 1: closer); what is at `aroundMs` keeps its place. */
export function zoomed(stretch: Stretch, factor: number, aroundMs: number, durationMs: number): Stretch {
  const length = stretch.toMs - stretch.fromMs;
  const next = Math.min(
    Math.max(length / factor, Math.min(SHORTEST_MS, durationMs)),
    Math.max(1, durationMs),
  );
  const share = (aroundMs - stretch.fromMs) / length;
  return within({ fromMs: aroundMs - share * next, toMs: aroundMs + (1 - share) * next }, durationMs);
}

export function moved(stretch: Stretch, byMs: number, durationMs: number): Stretch {
  return within({ fromMs: stretch.fromMs + byMs, toMs: stretch.toMs + byMs }, durationMs);
}

/** The stretch itself while the time is in it, else one of the same length that begins a little before. */
export function following(stretch: Stretch, timeMs: number, durationMs: number): Stretch {
  if (timeMs >= stretch.fromMs && timeMs <= stretch.toMs) return stretch;
  return moved(stretch, timeMs - stretch.fromMs - 0.1 * (stretch.toMs - stretch.fromMs), durationMs);
}

export const isWhole = (stretch: Stretch, durationMs: number): boolean =>
  stretch.toMs - stretch.fromMs >= Math.max(1, durationMs) - 0.5;

function within({ fromMs, toMs }: Stretch, durationMs: number): Stretch {
  const length = Math.min(toMs - fromMs, Math.max(1, durationMs));
  const from = Math.min(Math.max(0, fromMs), Math.max(0, durationMs - length));
  return { fromMs: from, toMs: from + length };
}
