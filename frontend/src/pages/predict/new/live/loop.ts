/** Asks for one frame after the other: the next is taken only when the last was answered, so that a slow model
 *  gets few frames instead of a growing queue. Knows nothing of cameras and of the network. */
export type FrameStats = { framesPerSecond: number; milliseconds: number };

type Parts<Frame, Answer> = {
  /** The newest image; null while there is none. */
  take: () => Promise<Frame | null>;
  ask: (frame: Frame, signal: AbortSignal) => Promise<Answer>;
  show: (answer: Answer, frame: Frame, stats: FrameStats) => void;
  /** Told of a failed question; answers after how many milliseconds to go on, null: not at all. */
  fail: (error: unknown) => number | null;
  now?: () => number;
  wait?: (milliseconds: number) => Promise<void>;
};

const IDLE_MS = 50;
/** Answers that a rate is reckoned over. */
const WINDOW = 10;

export class FrameLoop<Frame, Answer> {
  private readonly abort = new AbortController();
  private readonly ended: number[] = [];
  private readonly parts: Parts<Frame, Answer> & Required<Pick<Parts<Frame, Answer>, "now" | "wait">>;

  constructor(parts: Parts<Frame, Answer>) {
    const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    this.parts = { now: () => performance.now(), wait, ...parts };
  }

  stop(): void {
    this.abort.abort();
  }

  /** Runs until `stop`, or until `fail` says so. */
  async run(): Promise<void> {
    const { take, ask, show, fail, now, wait } = this.parts;
    const { signal } = this.abort;
    const isStopped = () => signal.aborted; // by `stop`, while something is awaited
    while (!isStopped()) {
      const frame = await take();
      if (isStopped()) return;
      if (frame === null) {
        await wait(IDLE_MS);
        continue;
      }
      const asked = now();
      try {
        const answer = await ask(frame, signal);
        if (isStopped()) return;
        show(answer, frame, this.measure(asked));
      } catch (error) {
        if (isStopped()) return;
        const pause = fail(error);
        if (pause === null) return;
        this.ended.length = 0;
        await wait(pause);
      }
    }
  }

  private measure(asked: number): FrameStats {
    const at = this.parts.now();
    this.ended.push(at);
    if (this.ended.length > WINDOW) this.ended.shift();
    const [first = at] = this.ended;
    const span = at - first;
    return {
      framesPerSecond: span > 0 ? (1000 * (this.ended.length - 1)) / span : 0,
      milliseconds: at - asked,
    };
  }
}
