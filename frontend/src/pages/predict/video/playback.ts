/** What shows the frames: a video element, or single images where the browser cannot play the file. */

/** What is on the screen now. `position`: of single images, which know it; a video knows its time. */
export type Grabbed = {
  readonly image: CanvasImageSource;
  readonly timeMs: number;
  readonly position: number | null;
  readonly close: () => void;
};

export type PlaybackEvents = {
  /** Another frame is there: grab it. */
  readonly onFrame: () => void;
  /** Began or ended to play by itself. */
  readonly onState: () => void;
  readonly onUnplayable: () => void;
};

export type Playback = {
  readonly isPlaying: boolean;
  readonly isEnded: boolean;
  play: (rate: number) => void;
  pause: () => void;
  /** Shows what is there at a time; of two seeks under way the last counts. */
  seek: (timeMs: number, position: number) => void;
  grab: () => Grabbed | null;
  setSound: (volume: number, isMuted: boolean) => void;
  dispose: () => void;
};

const nothing = () => undefined;

/**
 * Plays with a video element.
 *
 * `grab` takes a `VideoFrame` (WebCodecs) of the element: pixels and their own time in one, while the frame that an
 * element shows may change between two calls. Where there is none, the time of the last `requestVideoFrameCallback`
 * goes with what the element shows, which can be one refresh of the screen late.
 */
export class VideoPlayback implements Playback {
  private readonly video: HTMLVideoElement;
  private readonly events: PlaybackEvents & { startMs: () => number };
  private mediaTime: number | null = null;
  private wanted: number | null = null;
  private handle = 0;
  private readonly ends = new AbortController();

  constructor(video: HTMLVideoElement, events: PlaybackEvents & { startMs: () => number }) {
    this.video = video;
    this.events = events;
    const on = (name: string, act: () => void) =>
      video.addEventListener(name, act, { signal: this.ends.signal });
    for (const name of ["play", "pause", "ended", "volumechange"]) on(name, events.onState);
    for (const name of ["loadeddata", "canplay"]) on(name, events.onFrame);
    on("seeked", () => this.seeked());
    on("error", () => {
      if (video.error && video.error.code !== MediaError.MEDIA_ERR_ABORTED) events.onUnplayable();
    });
    this.follow();
    if (video.error) queueMicrotask(events.onUnplayable);
    else if (video.readyState >= 2) queueMicrotask(events.onFrame);
  }

  get isPlaying(): boolean {
    return !this.video.paused && !this.video.ended;
  }

  get isEnded(): boolean {
    return this.video.ended;
  }

  play(rate: number): void {
    this.video.playbackRate = rate;
    // The browser may refuse, or another seek comes in between.
    this.video.play().catch(this.events.onState);
  }

  pause(): void {
    this.video.pause();
  }

  seek(timeMs: number): void {
    if (this.video.seeking) {
      this.wanted = timeMs;
      return;
    }
    this.mediaTime = null;
    this.video.currentTime = (timeMs + this.events.startMs()) / 1000;
  }

  grab(): Grabbed | null {
    const { video } = this;
    const startMs = this.events.startMs();
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null;
    if ("VideoFrame" in window) {
      try {
        const frame = new VideoFrame(video);
        const timeMs = frame.timestamp / 1000 - startMs;
        return { image: frame, timeMs, position: null, close: () => frame.close() };
      } catch {
        // Not every file that plays gives frames.
      }
    }
    const timeMs = (this.mediaTime ?? video.currentTime) * 1000 - startMs;
    return { image: video, timeMs, position: null, close: nothing };
  }

  setSound(volume: number, isMuted: boolean): void {
    this.video.volume = volume;
    this.video.muted = isMuted;
  }

  dispose(): void {
    this.ends.abort();
    if ("requestVideoFrameCallback" in this.video) this.video.cancelVideoFrameCallback(this.handle);
    else cancelAnimationFrame(this.handle);
    this.video.pause();
  }

  private seeked(): void {
    const next = this.wanted;
    this.wanted = null;
    if (next !== null) this.seek(next);
    this.events.onFrame();
  }

  private follow(): void {
    if ("requestVideoFrameCallback" in this.video) {
      this.handle = this.video.requestVideoFrameCallback((_, { mediaTime }) => {
        this.mediaTime = mediaTime;
        this.follow();
        this.events.onFrame();
      });
      return;
    }
    this.handle = requestAnimationFrame(() => {
      this.follow();
      if (this.isPlaying) this.events.onFrame();
    });
  }
}

type Stills = PlaybackEvents & {
  address: (position: number) => string;
  timeOf: (position: number) => number;
  positionAt: (timeMs: number) => number;
  count: () => number;
};

/** Shows frame images one by one; plays as fast as they come, never faster than the video, and leaves out the rest. */
export class StillPlayback implements Playback {
  private readonly given: Stills;
  private shown: { image: HTMLImageElement; position: number } | null = null;
  private loading: { image: HTMLImageElement; position: number } | null = null;
  private wanted: number | null = null;
  private began: { at: number; timeMs: number; rate: number } | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(given: Stills) {
    this.given = given;
  }

  get isPlaying(): boolean {
    return this.began !== null;
  }

  get isEnded(): boolean {
    return this.shown !== null && this.shown.position >= this.given.count() - 1;
  }

  play(rate: number): void {
    this.began = { at: performance.now(), timeMs: this.given.timeOf(this.shown?.position ?? 0), rate };
    this.given.onState();
    this.next();
  }

  pause(): void {
    this.began = null;
    if (this.timer !== null) clearTimeout(this.timer);
    this.given.onState();
  }

  seek(_timeMs: number, position: number): void {
    if (this.began)
      this.began = { ...this.began, at: performance.now(), timeMs: this.given.timeOf(position) };
    this.show(position);
  }

  grab(): Grabbed | null {
    if (!this.shown) return null;
    const { image, position } = this.shown;
    return { image, position, timeMs: this.given.timeOf(position), close: nothing };
  }

  setSound(): void {
    // Images have none.
  }

  dispose(): void {
    this.pause();
    if (this.loading) this.loading.image.src = "";
    this.loading = null;
  }

  private show(position: number): void {
    if (this.loading) {
      this.wanted = position;
      return;
    }
    const image = new Image();
    this.loading = { image, position };
    const done = (isThere: boolean) => {
      if (this.loading?.image !== image) return;
      this.loading = null;
      if (isThere) this.shown = { image, position };
      const wanted = this.wanted;
      this.wanted = null;
      if (wanted !== null && wanted !== position) this.show(wanted);
      else if (!isThere) {
        this.given.onUnplayable();
        return;
      }
      this.given.onFrame();
      this.next();
    };
    image.onload = () => done(true);
    image.onerror = () => done(false);
    image.src = this.given.address(position);
  }

  private next(): void {
    if (!this.began || this.loading) return;
    const { at, timeMs, rate } = this.began;
    const position = this.shown?.position ?? -1;
    if (position >= this.given.count() - 1) return this.pause();
    const due = timeMs + (performance.now() - at) * rate;
    const target = Math.max(position + 1, this.given.positionAt(due));
    const wait = (this.given.timeOf(target) - due) / rate;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.began && this.show(target), Math.max(0, wait));
  }
}
