import { type FileSet, fingerprintOf } from "./sort";

/** Uploads that go on while people walk through the application: three at a time, each with its own
 *  progress and, when refused, its reason. Knows nothing of React; `send` does the transfer. */
export type UploadKind = "image" | "archive" | "set" | "prediction";
/** What a prediction is asked for with, beside its file: the fields of the request. */
export type PredictionFields = Readonly<Record<string, string>>;
type UploadState = "waiting" | "sending" | "paused" | "done" | "refused" | "failed" | "stopped";
/** What is sent: a file, or a folder that is packed while it is sent. */
export type Source = File | FileSet;
export type UploadItem = {
  readonly id: number;
  readonly kind: UploadKind;
  /** "" for a prediction. */
  readonly dataset: string;
  readonly name: string;
  readonly size: number;
  readonly state: UploadState;
  readonly sent: number;
  /** Why it was refused, or what failed. */
  readonly reason: string;
  /** For an archive or a folder: the import that the server made of it. */
  readonly importId: number | null;
  /** For what is predicted on: the prediction that the server started. */
  readonly predictionId: number | null;
  /** By which an archive or a folder is known again after a break; empty for an image. */
  readonly fingerprint: string;
};
type SendRequest = {
  file: Source;
  kind: UploadKind;
  dataset: string;
  split: string | null;
  prediction: PredictionFields;
};
/** Why a transfer is aborted: to go on later. Without it what has arrived is dropped. */
export const PAUSED = "paused";
type SendResult = { importId?: number | null; predictionId?: number };
export type Send = (
  request: SendRequest,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
) => Promise<SendResult>;

/** Thrown by `send`: `refused` means that trying again makes no difference. */
export class UploadError extends Error {
  readonly refused: boolean;
  constructor(reason: string, refused: boolean) {
    super(reason);
    this.refused = refused;
  }
}

export type UploadSummary = {
  readonly items: readonly UploadItem[];
  readonly waiting: number;
  readonly sending: number;
  readonly paused: number;
  readonly done: number;
  readonly refused: number;
  readonly failed: number;
  readonly total: number;
  readonly bytesSent: number;
  readonly bytesTotal: number;
};

type Entry = { item: UploadItem; request: SendRequest; abort: AbortController | null };
type Options = {
  send: Send;
  onDone?: (item: UploadItem) => void;
  /** Called at each end of a transfer, good or bad. */
  onEnd?: (item: UploadItem) => void;
  /** Drops what the server has of an archive that is not being sent. */
  discard?: (item: UploadItem) => void;
  /** Brings the pages up to date; the last file has not arrived before that is over. */
  settle?: () => Promise<void>;
  parallel?: number;
  /** How screens are told of changes; the default gathers them over a tenth of a second. */
  schedule?: (tell: () => void) => void;
};

const EMPTY: UploadSummary = {
  items: [],
  waiting: 0,
  sending: 0,
  paused: 0,
  done: 0,
  refused: 0,
  failed: 0,
  total: 0,
  bytesSent: 0,
  bytesTotal: 0,
};

export class UploadQueue {
  private entries = new Map<number, Entry>();
  private waiting: number[] = [];
  private sending = 0;
  private nextId = 1;
  private snapshot: UploadSummary = EMPTY;
  private told = true;
  private readonly listeners = new Set<() => void>();
  private readonly options: Options & Required<Pick<Options, "parallel" | "schedule">>;

  constructor(options: Options) {
    this.options = { parallel: 3, schedule: (tell) => void setTimeout(tell, 100), ...options };
  }

  /** Returns the ids of the items, in the order of the files. */
  add(
    files: readonly Source[],
    target: { kind: UploadKind; dataset: string; split?: string | null; prediction?: PredictionFields },
  ): number[] {
    const ids: number[] = [];
    for (const file of files) {
      const id = this.nextId++;
      ids.push(id);
      const { kind, dataset } = target;
      this.entries.set(id, {
        item: {
          id,
          kind,
          dataset,
          name: file.name,
          size: file.size,
          state: "waiting",
          sent: 0,
          reason: "",
          importId: null,
          predictionId: null,
          fingerprint: kind === "image" ? "" : fingerprintOf(file),
        },
        request: { file, kind, dataset, split: target.split ?? null, prediction: target.prediction ?? {} },
        abort: null,
      });
      this.waiting.push(id);
    }
    this.changed();
    this.pump();
    return ids;
  }

  /** Tries those again that failed on the way; what the server refused stays refused. */
  retryFailed(): void {
    for (const { item } of this.entries.values()) {
      if (item.state === "failed") {
        this.update(item.id, { state: "waiting", sent: 0, reason: "" });
        this.waiting.push(item.id);
      }
    }
    this.pump();
  }

  /** Stops everything that has not arrived; what has arrived stays. */
  stopAll(): void {
    for (const { item } of [...this.entries.values()]) {
      if (["waiting", "sending"].includes(item.state)) this.cancel(item.id);
    }
  }

  /** Lets one stand until `resume`. */
  pause(id: number): void {
    const entry = this.entries.get(id);
    if (entry?.item.state === "sending") entry.abort?.abort(PAUSED);
    else if (entry?.item.state === "waiting") this.leave(id, "paused");
  }

  /** Goes on with one that was paused or that failed. */
  resume(id: number): void {
    const state = this.entries.get(id)?.item.state;
    if (state !== "paused" && state !== "failed") return;
    this.update(id, { state: "waiting", reason: "" });
    this.waiting.push(id);
    this.pump();
  }

  /** Stops one; of an archive that has not arrived whole nothing stays on the server. */
  cancel(id: number): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    if (entry.item.state === "sending") entry.abort?.abort();
    else if (["waiting", "paused", "failed"].includes(entry.item.state)) {
      this.leave(id, "stopped");
      if (entry.item.fingerprint) this.options.discard?.(entry.item);
    }
  }

  private leave(id: number, state: UploadState): void {
    this.waiting = this.waiting.filter((waiting) => waiting !== id);
    this.update(id, { state });
  }

  /** Forgets what has ended, so that the tray can be closed. */
  clearEnded(): void {
    for (const [id, { item }] of this.entries) {
      if (!["waiting", "sending", "paused"].includes(item.state)) this.entries.delete(id);
    }
    this.changed();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): UploadSummary => this.snapshot;

  private pump(): void {
    while (this.sending < this.options.parallel) {
      const id = this.waiting.shift();
      if (id === undefined) return;
      const entry = this.entries.get(id);
      if (entry) void this.run(entry);
    }
  }

  private async run(entry: Entry): Promise<void> {
    const { id } = entry.item;
    const abort = new AbortController();
    entry.abort = abort;
    this.sending += 1;
    this.update(id, { state: "sending" });
    let end: Partial<UploadItem>;
    try {
      const { importId = null, predictionId = null } = await this.options.send(
        entry.request,
        (sent) => this.update(id, { sent }),
        abort.signal,
      );
      end = { state: "done", sent: entry.item.size, importId, predictionId };
      this.options.onDone?.(entry.item);
    } catch (error) {
      end = endOf(error, abort.signal);
    }
    this.options.onEnd?.(entry.item);
    if (this.sending === 1 && this.waiting.length === 0) await this.options.settle?.().catch(() => undefined);
    this.update(id, end);
    this.sending -= 1;
    this.pump();
  }

  private update(id: number, change: Partial<UploadItem>): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    entry.item = { ...entry.item, ...change };
    this.changed();
  }

  private changed(): void {
    if (!this.told) return;
    this.told = false;
    this.options.schedule(() => {
      this.told = true;
      this.snapshot = summarise([...this.entries.values()].map((entry) => entry.item));
      for (const listener of this.listeners) listener();
    });
  }
}

function endOf(error: unknown, signal: AbortSignal): Partial<UploadItem> {
  if (signal.aborted) return { state: signal.reason === PAUSED ? "paused" : "stopped" };
  const reason = error instanceof Error ? error.message : String(error);
  return { state: error instanceof UploadError && error.refused ? "refused" : "failed", reason };
}

/** The reason without the file's name, where the server began its sentence with it. */
export function reasonAfterName(name: string, reason: string): string {
  return reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;
}

function summarise(items: readonly UploadItem[]): UploadSummary {
  const count = (state: UploadState) => items.filter((item) => item.state === state).length;
  const counted = items.filter((item) => item.state !== "stopped");
  return {
    items,
    waiting: count("waiting"),
    sending: count("sending"),
    paused: count("paused"),
    done: count("done"),
    refused: count("refused"),
    failed: count("failed"),
    total: counted.length,
    bytesSent: counted.reduce((sum, { state, size, sent }) => {
      const ended = state === "done" || state === "refused" || state === "failed";
      return sum + (ended ? size : Math.min(sent, size));
    }, 0),
    bytesTotal: counted.reduce((sum, { size }) => sum + size, 0),
  };
}
