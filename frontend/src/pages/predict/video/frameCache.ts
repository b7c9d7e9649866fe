import type { Frame } from "./wire";

type Chunk = { frames: readonly Frame[]; numbers: number; usedAt: number; readAt: number };

export type CacheOptions = {
  /** Frames `from` (included) to `to` (excluded), in order; fewer where the video or what is predicted ends. */
  load: (from: number, to: number, signal: AbortSignal) => Promise<readonly Frame[]>;
  /** Called when frames have come, or could not be loaded. */
  onChange: () => void;
  chunkSize?: number;
  maxChunks?: number;
  /** Coordinates kept in all chunks together, but for the last chunk that came. */
  maxNumbers?: number;
  retryMs?: number;
  now?: () => number;
};

/** Requests under way at once: the chunk that is shown, and the next. */
const MAX_LOADING = 2;

/**
 * The frames around the place that is watched, loaded in chunks and kept within bounds, however long the video is.
 *
 * `look` says where somebody is and where they go: chunks on that way are loaded, the nearest first; requests for others
 * are given up. `settle` says how many frames are predicted by now, so that a chunk that ended early is read again.
 */
export class FrameCache {
  readonly chunkSize: number;
  private readonly chunks = new Map<number, Chunk>();
  private readonly loading = new Map<number, AbortController>();
  private readonly failedAt = new Map<number, number>();
  private readonly options: Required<CacheOptions>;
  private wanted: readonly number[] = [];
  private count = 0;
  private uses = 0;
  private retry: ReturnType<typeof setTimeout> | null = null;
  error: unknown = null;

  constructor(options: CacheOptions) {
    this.options = {
      chunkSize: 50,
      maxChunks: 24,
      maxNumbers: 6_000_000,
      retryMs: 3_000,
      now: () => performance.now(),
      ...options,
    };
    this.chunkSize = this.options.chunkSize;
  }

  /** The frame at a position, where it is loaded. */
  at(position: number): Frame | undefined {
    const chunk = this.chunks.get(this.chunkOf(position));
    if (!chunk) return undefined;
    chunk.usedAt = ++this.uses;
    return frameAt(chunk.frames, position);
  }

  /** Whether nothing more can be known about a position for now: its chunk is read as far as frames are predicted. */
  isSettled(position: number): boolean {
    const chunk = this.chunks.get(this.chunkOf(position));
    return position >= this.count || (chunk !== undefined && !this.isStale(this.chunkOf(position), chunk));
  }

  /** Loaded frames without a gap around a position, in order: for times that only frames know. */
  around(position: number): readonly Frame[] {
    const at = this.chunkOf(position);
    return [at - 1, at, at + 1].flatMap((index) => this.chunks.get(index)?.frames ?? []);
  }

  /** How many frames are predicted. */
  settle(count: number): void {
    if (count === this.count) return;
    this.count = count;
    this.pump();
  }

  /** Loads what is at `position` and `ahead` frames in the direction (1, -1), and one chunk the other way. */
  look(position: number, direction: 1 | -1 = 1, ahead = 150): void {
    const first = this.chunkOf(Math.max(0, position));
    const steps = Math.ceil(ahead / this.chunkSize);
    const wanted = [first];
    for (let step = 1; step <= steps; step += 1) wanted.push(first + direction * step);
    wanted.push(first - direction);
    this.wanted = wanted.filter((index) => index >= 0).slice(0, this.options.maxChunks);
    for (const [index, request] of this.loading) {
      if (!this.wanted.includes(index)) {
        request.abort();
        this.loading.delete(index);
      }
    }
    this.pump();
  }

  /** Gives up what is under way; what is loaded stays. */
  stop(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    this.wanted = [];
    for (const request of this.loading.values()) request.abort();
    this.loading.clear();
  }

  /** Chunks and coordinates in memory. */
  get size(): { chunks: number; numbers: number } {
    let numbers = 0;
    for (const chunk of this.chunks.values()) numbers += chunk.numbers;
    return { chunks: this.chunks.size, numbers };
  }

  private chunkOf(position: number): number {
    return Math.floor(position / this.chunkSize);
  }

  private isStale(index: number, chunk: Chunk): boolean {
    const whole = Math.min(this.chunkSize, this.count - index * this.chunkSize);
    // What was read when all of it was predicted is not asked for twice, even where a frame is missing.
    return chunk.frames.length < whole && chunk.readAt < Math.min(this.count, (index + 1) * this.chunkSize);
  }

  private pump(): void {
    let numbers = 0;
    for (const index of this.wanted) {
      if (this.loading.size >= MAX_LOADING || numbers >= this.options.maxNumbers) return;
      numbers += this.chunks.get(index)?.numbers ?? 0;
      if (index * this.chunkSize >= this.count || this.loading.has(index)) continue;
      const chunk = this.chunks.get(index);
      if (chunk && !this.isStale(index, chunk)) continue;
      const failed = this.failedAt.get(index);
      if (failed !== undefined && this.options.now() - failed < this.options.retryMs) continue;
      void this.read(index);
    }
  }

  private async read(index: number): Promise<void> {
    const request = new AbortController();
    this.loading.set(index, request);
    const from = index * this.chunkSize;
    const readAt = this.count;
    try {
      const answer = await this.options.load(from, from + this.chunkSize, request.signal);
      if (request.signal.aborted) return;
      const frames = answer.filter(({ position }) => this.chunkOf(position) === index);
      this.chunks.set(index, { frames, numbers: numbersOf(frames), usedAt: ++this.uses, readAt });
      this.failedAt.delete(index);
      this.error = null;
      this.evict();
    } catch (error) {
      if (request.signal.aborted) return;
      this.error = error;
      this.failedAt.set(index, this.options.now());
      this.retry ??= setTimeout(() => {
        this.retry = null;
        this.failedAt.clear();
        this.pump();
      }, this.options.retryMs);
    } finally {
      if (this.loading.get(index) === request) this.loading.delete(index);
    }
    this.options.onChange();
    this.pump();
  }

  private evict(): void {
    const { maxChunks, maxNumbers } = this.options;
    const old = [...this.chunks].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    let { chunks, numbers } = this.size;
    for (const [index, chunk] of old) {
      if (chunks <= maxChunks && numbers <= maxNumbers) return;
      // What is wanted stays, or it would be loaded for ever: `pump` asks for no more than fits, and one chunk.
      if (this.wanted.includes(index)) continue;
      this.chunks.delete(index);
      chunks -= 1;
      numbers -= chunk.numbers;
    }
  }
}

function frameAt(frames: readonly Frame[], position: number): Frame | undefined {
  const guess = frames[position - (frames[0]?.position ?? 0)];
  return guess?.position === position ? guess : frames.find((frame) => frame.position === position);
}

function numbersOf(frames: readonly Frame[]): number {
  let numbers = 0;
  for (const { instances } of frames) for (const [, , , points] of instances) numbers += points.length;
  return numbers;
}
