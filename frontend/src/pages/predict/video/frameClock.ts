/**
 * Which frame is shown at a time, and the other way round, by the frames' own times.
 *
 * What is known of times: those of the loaded frames (exact), and of a few others spread over the video (`anchors`, from
 * the timeline). Between anchors a position is estimated; whoever needs it exactly loads the frames there and asks again.
 */
export type Anchor = { readonly position: number; readonly time_ms: number };

/** Times are sent in whole milliseconds; a browser has microseconds. */
const ROUNDING_MS = 1;

export type ClockVideo = {
  /** Frames predicted, and the time at which the last of them is over, as far as is known. */
  readonly count: number;
  readonly durationMs: number;
};

export class FrameClock {
  private anchors: readonly Anchor[] = [{ position: 0, time_ms: 0 }];
  private video: ClockVideo = { count: 0, durationMs: 0 };
  private readonly loaded: (position: number) => readonly Anchor[];

  /** `loaded`: the loaded frames around a position, in order. */
  constructor(loaded: (position: number) => readonly Anchor[]) {
    this.loaded = loaded;
  }

  /** `anchors` in order of their positions. */
  know(video: ClockVideo, anchors: readonly Anchor[]): void {
    this.video = video;
    const start = anchors[0]?.position === 0 ? [] : [{ position: 0, time_ms: 0 }];
    this.anchors = [...start, ...anchors];
  }

  get count(): number {
    return this.video.count;
  }

  /** Milliseconds between two frames, on average. */
  get interval(): number {
    const { count, durationMs } = this.video;
    return count > 0 && durationMs > 0 ? durationMs / count : 1000 / 30;
  }

  /** The position whose frame is shown at a time; `exact` where loaded frames say so. */
  positionAt(timeMs: number): { position: number; exact: boolean } {
    let guess = this.estimate(timeMs);
    // The guess leads to loaded frames, which may lead further.
    for (let round = 0; round < 8; round += 1) {
      const frames = this.loaded(guess);
      const [first, last] = [frames[0], frames.at(-1)];
      if (!first || !last) break;
      const found = lastBefore(frames, timeMs + ROUNDING_MS);
      if (found >= 0 && (found < frames.length - 1 || last.position >= this.video.count - 1)) {
        return { position: (frames[found] as Anchor).position, exact: true };
      }
      if (found < 0 && first.position === 0) return { position: 0, exact: true };
      const next = found < 0 ? first.position - 1 : last.position + 1;
      const neighbour = this.loaded(next).find(({ position }) => position === next);
      if (!neighbour) return { position: next, exact: false };
      if (found >= 0 && neighbour.time_ms > timeMs + ROUNDING_MS) {
        return { position: last.position, exact: true };
      }
      guess = next;
    }
    return { position: guess, exact: false };
  }

  /** When a position's frame begins. */
  timeOf(position: number): { timeMs: number; exact: boolean } {
    const frame = this.loaded(position).find((each) => each.position === position);
    if (frame) return { timeMs: frame.time_ms, exact: true };
    const at = Math.max(0, this.anchorBefore(position));
    const [a, b] = this.span(at);
    const share = b.position > a.position ? (position - a.position) / (b.position - a.position) : 0;
    return { timeMs: a.time_ms + share * (b.time_ms - a.time_ms), exact: false };
  }

  /** The middle of the time in which a position's frame is shown: a seek there cannot end at its neighbour. */
  middleOf(position: number): { timeMs: number; exact: boolean } {
    const start = this.timeOf(position);
    const next = this.timeOf(position + 1);
    const isLast = position >= this.video.count - 1;
    const end = next.exact || !isLast ? next.timeMs : start.timeMs + this.interval;
    return {
      timeMs: start.timeMs + Math.max(0.5, (end - start.timeMs) / 2),
      exact: start.exact && (next.exact || isLast),
    };
  }

  private estimate(timeMs: number): number {
    const at = Math.max(0, lastBefore(this.anchors, timeMs + ROUNDING_MS));
    const [a, b] = this.span(at);
    const share = b.time_ms > a.time_ms ? (timeMs - a.time_ms) / (b.time_ms - a.time_ms) : 0;
    const position = Math.floor(a.position + share * (b.position - a.position) + 1e-3);
    return Math.max(0, Math.min(position, Math.max(0, this.video.count - 1)));
  }

  /** The anchors on both sides of a stretch; at the end of the video one that is not a frame. */
  private span(at: number): [Anchor, Anchor] {
    const a = this.anchors[at] as Anchor;
    const { count, durationMs } = this.video;
    const end = { position: count, time_ms: Math.max(durationMs, a.time_ms) };
    return [a, this.anchors[at + 1] ?? end];
  }

  private anchorBefore(position: number): number {
    return lastIndex(this.anchors, (anchor) => anchor.position <= position);
  }
}

/** Place of the last frame that begins at or before a time, -1 where there is none. */
export function lastBefore(frames: readonly Anchor[], timeMs: number): number {
  return lastIndex(frames, (frame) => frame.time_ms <= timeMs);
}

/** Place of the last item for which `holds`, which holds for none after one for which it does not. */
function lastIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
