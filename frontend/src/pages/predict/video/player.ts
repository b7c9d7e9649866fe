/** The player without its page: shows frames, knows which one is shown, draws its objects in the same stroke. */
import { type Anchor, FrameClock } from "./frameClock";
import { FrameCache } from "./frameCache";
import { drawObjects, type Look } from "./paint";
import { type Playback, type PlaybackEvents, StillPlayback, VideoPlayback } from "./playback";
import { type Shown, shownInstances } from "./shown";
import type { Frame } from "./wire";

/** What is known of the video. `count`: frames predicted so far, until `untilMs`. */
export type Source = {
  readonly width: number;
  readonly height: number;
  /** Where its first frame stands on the clock of the element that plays it. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly count: number;
  readonly untilMs: number;
  readonly isActive: boolean;
  readonly anchors: readonly Anchor[];
};

export type PlayerState = {
  readonly position: number;
  readonly timeMs: number;
  /** The frame that is shown, where its objects are loaded. */
  readonly frame: Frame | null;
  readonly isPlaying: boolean;
  /** Of the video's own speed; negative: backwards. */
  readonly rate: number;
  /** The objects of what is shown are on their way. */
  readonly isWaiting: boolean;
  /** False where the job has not come yet. */
  readonly isPredicted: boolean;
  readonly isReady: boolean;
  /** Single images, as the browser does not play the file. */
  readonly isStills: boolean;
  readonly error: unknown;
};

const START: PlayerState = {
  position: 0,
  timeMs: 0,
  frame: null,
  isPlaying: false,
  rate: 1,
  isWaiting: false,
  isPredicted: true,
  isReady: false,
  isStills: false,
  error: null,
};

/** Objects are loaded for so many seconds ahead of what plays. */
const AHEAD_SECONDS = 6;
const SEEK_TRIES = 3;
export const FASTEST = 4;

type Given = {
  load: (from: number, to: number, signal: AbortSignal) => Promise<readonly Frame[]>;
  imageAddress: (position: number) => string;
};

export class Player {
  private readonly given: Given;
  readonly cache: FrameCache;
  readonly clock: FrameClock;
  private playback: Playback | null = null;
  private canvas: HTMLCanvasElement | null = null;
  private unit = 1;
  private source: Source | null = null;
  private shown: Shown = { confidence: 0, ofClass: new Map(), hidden: new Set() };
  private look: Look = { classes: [], colorBy: "class", names: false, lit: null };
  private state = START;
  private readonly listeners = new Set<() => void>();
  /** A frame that was asked for and is not shown yet. */
  private target: { position: number; tries: number } | null = null;
  private backwards: number | null = null;
  /** Plays again once the objects are there. */
  private isHeld = false;

  constructor(given: Given) {
    this.given = given;
    this.cache = new FrameCache({ load: given.load, onChange: () => this.framesCame() });
    this.clock = new FrameClock((position) => this.cache.around(position));
  }

  // What the page tells.

  attach(video: HTMLVideoElement, canvas: HTMLCanvasElement): void {
    this.canvas = canvas;
    this.playback = new VideoPlayback(video, {
      ...this.events(() => this.useStills()),
      startMs: () => this.source?.startMs ?? 0,
    });
  }

  /** Lets go of the page's elements; it can be attached again. */
  detach(): void {
    this.stopBackwards();
    this.playback?.dispose();
    this.playback = null;
    this.canvas = null;
    this.cache.stop();
  }

  know(source: Source): void {
    this.source = source;
    this.clock.know({ count: source.count, durationMs: source.untilMs }, source.anchors);
    this.cache.settle(source.count);
    this.paint();
  }

  setShown(shown: Shown): void {
    this.shown = shown;
    this.paint();
  }

  setLook(look: Look): void {
    this.look = look;
    this.paint();
  }

  /** Size of the canvas on the page, and pixels of the screen for one of the page. */
  resize(width: number, height: number, density: number): void {
    if (!this.canvas) return;
    this.unit = density;
    const [w, h] = [Math.max(1, Math.round(width * density)), Math.max(1, Math.round(height * density))];
    if (this.canvas.width !== w) this.canvas.width = w;
    if (this.canvas.height !== h) this.canvas.height = h;
    this.paint();
  }

  setSound(volume: number, isMuted: boolean): void {
    this.playback?.setSound(volume, isMuted);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly read = (): PlayerState => this.state;

  // What people do.

  play(rate: number): void {
    this.stopBackwards();
    this.target = null;
    this.set({ rate });
    if (rate < 0) return this.playBackwards(-rate);
    if (this.playback?.isEnded) this.seekTo(0);
    this.playback?.play(rate);
  }

  pause(): void {
    this.stopBackwards();
    this.isHeld = false;
    this.playback?.pause();
    this.set({ isPlaying: this.isPlaying, rate: Math.abs(this.state.rate) });
  }

  toggle(): void {
    if (this.isPlaying) this.pause();
    else this.play(Math.abs(this.state.rate));
  }

  /** From the next time it plays, or at once. */
  setSpeed(speed: number): void {
    const rate = Math.sign(this.state.rate) * speed;
    if (this.isPlaying) this.play(rate);
    else this.set({ rate: Math.abs(rate) });
  }

  /** J and L: begins to play that way, or plays faster. */
  shuttle(direction: 1 | -1): void {
    const { rate } = this.state;
    const isSame = this.isPlaying && Math.sign(rate) === direction;
    this.play(direction * (isSame ? Math.min(FASTEST, Math.abs(rate) * 2) : Math.min(1, Math.abs(rate))));
  }

  step(frames: number): void {
    if (this.isPlaying) this.pause();
    this.seekTo((this.target?.position ?? this.state.position) + frames);
  }

  /** By a time, to the frame that is shown then. */
  skip(ms: number): void {
    const from = this.target ? this.clock.timeOf(this.target.position).timeMs : this.state.timeMs;
    this.seekTime(from + ms);
  }

  seekTime(timeMs: number): void {
    const source = this.source;
    if (!source) return;
    const within = Math.min(Math.max(0, timeMs), source.durationMs);
    if (source.isActive && within > source.untilMs) {
      this.target = null;
      this.playback?.seek(within, source.count - 1);
      return;
    }
    this.seekTo(this.clock.positionAt(within).position);
  }

  seekTo(position: number): void {
    const last = Math.max(0, this.clock.count - 1);
    this.target = { position: Math.min(Math.max(0, Math.round(position)), last), tries: 0 };
    this.cache.look(this.target.position, this.direction, this.ahead);
    this.seekTarget();
  }

  // What follows.

  private get isPlaying(): boolean {
    return this.isHeld || this.backwards !== null || (this.playback?.isPlaying ?? false);
  }

  private get direction(): 1 | -1 {
    return this.state.rate < 0 ? -1 : 1;
  }

  private get ahead(): number {
    const seconds = this.isPlaying ? AHEAD_SECONDS * Math.abs(this.state.rate) : 2;
    return (seconds * 1000) / this.clock.interval;
  }

  private events(onUnplayable: () => void): PlaybackEvents {
    return {
      onFrame: () => this.frameCame(),
      onState: () => this.set({ isPlaying: this.isPlaying }),
      onUnplayable,
    };
  }

  /** Shows single images from now on. */
  useStills(): void {
    if (this.state.isStills || !this.canvas) return;
    this.stopBackwards();
    this.playback?.dispose();
    this.playback = new StillPlayback({
      ...this.events(() => this.set({ error: new Error("The image of this frame cannot be read.") })),
      address: this.given.imageAddress,
      timeOf: (position) => this.clock.timeOf(position).timeMs,
      positionAt: (timeMs) => this.clock.positionAt(timeMs).position,
      count: () => this.clock.count,
    });
    this.set({ isStills: true, isPlaying: false });
    this.seekTo(this.target?.position ?? this.state.position);
  }

  private frameCame(): void {
    this.paint();
    if (this.target && this.state.isReady) {
      const { position, tries } = this.target;
      if (this.state.position === position && this.clock.timeOf(position).exact) this.target = null;
      else if (tries < SEEK_TRIES && this.clock.middleOf(position).exact) this.seekTarget();
    }
    // Waits for the objects rather than to play without them.
    const { isWaiting, error } = this.state;
    if (isWaiting && error === null && this.playback?.isPlaying && this.backwards === null) {
      this.isHeld = true;
      this.playback.pause();
    }
  }

  private framesCame(): void {
    this.frameCame();
    if (this.isHeld && (!this.state.isWaiting || this.state.error !== null)) {
      this.isHeld = false;
      this.playback?.play(this.state.rate);
    }
  }

  private seekTarget(): void {
    if (!this.target) return;
    const middle = this.clock.middleOf(this.target.position);
    // An estimate leads near it; the exact time is sought once its frames are loaded.
    if (middle.exact) this.target.tries += 1;
    this.playback?.seek(middle.timeMs, this.target.position);
  }

  private playBackwards(speed: number): void {
    this.playback?.pause();
    const began = { at: performance.now(), timeMs: this.state.timeMs };
    const turn = (now: number) => {
      const timeMs = began.timeMs - (now - began.at) * speed;
      if (timeMs <= 0) {
        this.stopBackwards();
        this.seekTo(0);
        this.set({ isPlaying: false, rate: speed });
        return;
      }
      const { position } = this.clock.positionAt(timeMs);
      if (position !== this.target?.position) {
        this.target = { position, tries: SEEK_TRIES };
        this.playback?.seek(this.clock.middleOf(position).timeMs, position);
      }
      this.backwards = requestAnimationFrame(turn);
    };
    this.backwards = requestAnimationFrame(turn);
    this.set({ isPlaying: true });
  }

  private stopBackwards(): void {
    if (this.backwards !== null) cancelAnimationFrame(this.backwards);
    this.backwards = null;
  }

  /** Draws the frame that is there and its own objects together, so they cannot be out of step. */
  private paint(): void {
    const { canvas, source } = this;
    const context = canvas?.getContext("2d", { alpha: false });
    const grabbed = source && this.playback?.grab();
    if (!canvas || !context || !grabbed) return;
    try {
      context.globalAlpha = 1;
      context.drawImage(grabbed.image, 0, 0, canvas.width, canvas.height);
    } finally {
      grabbed.close();
    }
    const { timeMs } = grabbed;
    const isPredicted = source.count > 0 && !(source.isActive && this.isBeyond(timeMs, source.count));
    const at =
      grabbed.position === null ? this.clock.positionAt(timeMs) : { position: grabbed.position, exact: true };
    const frame = isPredicted && at.exact ? (this.cache.at(at.position) ?? null) : null;
    if (isPredicted) this.cache.look(this.target?.position ?? at.position, this.direction, this.ahead);
    if (frame) {
      const scale = canvas.width / (frame.width || source.width);
      drawObjects(context, shownInstances(frame.instances, this.shown), this.look, {
        scale,
        unit: this.unit,
      });
    }
    const isWaiting = isPredicted && frame === null && !(at.exact && this.cache.isSettled(at.position));
    this.set({
      position: at.position,
      timeMs,
      frame,
      isWaiting,
      isPredicted,
      isReady: true,
      isPlaying: this.isPlaying,
      error: this.cache.error,
    });
  }

  private isBeyond(timeMs: number, count: number): boolean {
    return timeMs > this.clock.timeOf(count - 1).timeMs + 1.5 * this.clock.interval;
  }

  private set(change: Partial<PlayerState>): void {
    const next = { ...this.state, ...change };
    const names = Object.keys(next) as (keyof PlayerState)[];
    if (names.every((name) => Object.is(next[name], this.state[name]))) return;
    this.state = next;
    for (const listener of this.listeners) listener();
  }
}
