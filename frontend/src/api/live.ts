import type { components } from "./schema";

/** The one connection for live events: resumes where it stopped, rests while the tab is hidden, and asks
 *  for polling when the server cannot be listened to. Knows nothing of React or of queries. */
export type LiveEvent = components["schemas"]["Event"];
export type LiveState = "connecting" | "live" | "polling" | "resting";

type Source = Pick<EventSource, "close" | "readyState"> & {
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent<string>) => void) | null;
};

export type LiveOptions = {
  url: string;
  open: (url: string) => Source;
  onEvent: (event: LiveEvent) => void;
  /** Something may have been missed, or cannot be listened to: look at everything again. */
  onRefresh: () => void;
  onState?: (state: LiveState) => void;
  isHidden: () => boolean;
  pollSeconds?: number;
  retrySeconds?: number;
};

const ERRORS_BEFORE_POLLING = 3;

export class LiveConnection {
  private source: Source | null = null;
  private lastId: string | null = null;
  private errors = 0;
  private pollTimer: ReturnType<typeof setInterval> | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private rested = false;
  private readonly options: LiveOptions;

  constructor(options: LiveOptions) {
    this.options = options;
  }

  start(): void {
    if (this.source) return;
    if (this.options.isHidden()) {
      this.rest();
      return;
    }
    this.options.onState?.("connecting");
    const address = this.lastId
      ? `${this.options.url}?last_event_id=${encodeURIComponent(this.lastId)}`
      : this.options.url;
    const source = this.options.open(address);
    this.source = source;
    source.onopen = () => {
      this.errors = 0;
      this.stopPolling();
      this.options.onState?.("live");
      if (this.rested) {
        // Events have an end in the server's memory; one look makes sure that nothing was missed.
        this.rested = false;
        this.options.onRefresh();
      }
    };
    source.onmessage = (message) => {
      if (message.lastEventId) this.lastId = message.lastEventId;
      const event = parseEvent(message.data);
      if (event) this.options.onEvent(event);
    };
    source.onerror = () => this.failed(source);
  }

  stop(): void {
    this.closeSource();
    this.stopPolling();
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
  }

  visibilityChanged(): void {
    if (this.options.isHidden()) this.rest();
    else this.start();
  }

  private rest(): void {
    this.stop();
    this.rested = true;
    this.options.onState?.("resting");
  }

  private failed(source: Source): void {
    this.errors += 1;
    const CLOSED = 2;
    if (source.readyState !== CLOSED && this.errors < ERRORS_BEFORE_POLLING) return;
    this.closeSource();
    this.rested = true;
    this.startPolling();
    this.retryTimer ??= setTimeout(
      () => {
        this.retryTimer = null;
        this.start();
      },
      (this.options.retrySeconds ?? 15) * 1000,
    );
  }

  private closeSource(): void {
    this.source?.close();
    this.source = null;
  }

  private startPolling(): void {
    this.options.onState?.("polling");
    this.pollTimer ??= setInterval(this.options.onRefresh, (this.options.pollSeconds ?? 5) * 1000);
  }

  private stopPolling(): void {
    if (this.pollTimer !== null) clearInterval(this.pollTimer);
    this.pollTimer = null;
  }
}

/** What the server publishes is of this type: its own schema says so. */
export function parseEvent(text: string): LiveEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isEvent(value) ? value : null;
}

function isEvent(value: unknown): value is LiveEvent {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}
