import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveConnection, type LiveEvent, type LiveState, parseEvent } from "./live";

class FakeSource {
  readyState = 0;
  closed = false;
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }
  close() {
    this.closed = true;
    this.readyState = 2;
  }
  send(id: string, event: LiveEvent) {
    this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(event), lastEventId: id }));
  }
}

function setUp() {
  const sources: FakeSource[] = [];
  const events: LiveEvent[] = [];
  const states: LiveState[] = [];
  let hidden = false;
  const refresh = vi.fn();
  const live = new LiveConnection({
    url: "/api/events/",
    open: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    onEvent: (event) => events.push(event),
    onRefresh: refresh,
    onState: (state) => states.push(state),
    isHidden: () => hidden,
  });
  return { live, sources, events, states, refresh, hide: (value: boolean) => (hidden = value) };
}

describe("LiveConnection", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("passes events on and resumes behind the last one after the tab was hidden", () => {
    const t = setUp();
    t.live.start();
    t.sources[0]?.onopen?.(new Event("open"));
    const event: LiveEvent = { kind: "run.changed", dataset: "ducks", id: 3 };
    t.sources[0]?.send("41", event);
    expect(t.events).toEqual([event]);

    t.hide(true);
    t.live.visibilityChanged();
    expect(t.sources[0]?.closed).toBe(true);
    expect(t.states.at(-1)).toBe("resting");

    t.hide(false);
    t.live.visibilityChanged();
    expect(t.sources[1]?.url).toBe("/api/events/?last_event_id=41");
    t.sources[1]?.onopen?.(new Event("open"));
    expect(t.refresh).toHaveBeenCalledTimes(1);
  });

  it("leaves a dropped connection to the browser, which reconnects by itself", () => {
    const t = setUp();
    t.live.start();
    t.sources[0]?.onerror?.(new Event("error"));
    expect(t.sources).toHaveLength(1);
    expect(t.sources[0]?.closed).toBe(false);
  });

  it("polls while the server cannot be listened to, and stops when it can again", () => {
    const t = setUp();
    t.live.start();
    const refused = t.sources[0] as FakeSource;
    refused.readyState = 2;
    refused.onerror?.(new Event("error"));
    expect(t.states.at(-1)).toBe("polling");
    vi.advanceTimersByTime(11_000);
    expect(t.refresh).toHaveBeenCalledTimes(2);

    vi.advanceTimersByTime(5_000);
    expect(t.sources).toHaveLength(2);
    t.refresh.mockClear();
    t.sources[1]?.onopen?.(new Event("open"));
    expect(t.refresh).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect(t.refresh).toHaveBeenCalledTimes(1);
  });

  it("stays silent after stop", () => {
    const t = setUp();
    t.live.start();
    const source = t.sources[0] as FakeSource;
    source.readyState = 2;
    source.onerror?.(new Event("error"));
    t.live.stop();
    vi.advanceTimersByTime(120_000);
    expect(t.refresh).not.toHaveBeenCalled();
    expect(t.sources).toHaveLength(1);
  });
});

it.each(["", "not json", "3", "null", '{"id":1}'])("ignores the broken message %j", (text) => {
  expect(parseEvent(text)).toBeNull();
});
