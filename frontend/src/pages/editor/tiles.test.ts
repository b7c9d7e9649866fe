import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as events from "@/api/events";
import type { LiveEvent } from "@/api/live";
import { tileSetOf, waitForTiles } from "./tiles";

const TILES = { url: "/api/files/tiles/i/s/{level}/{column}_{row}.webp", tile_size: 512, levels: [] };
const answer = vi.fn<typeof fetch>();

beforeEach(() => {
  answer.mockReset();
  vi.stubGlobal("fetch", answer);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("tiles of a big picture", () => {
  it("are asked for at their own address", async () => {
    const bitmap = {} as ImageBitmap;
    vi.stubGlobal("createImageBitmap", vi.fn().mockResolvedValue(bitmap));
    answer.mockResolvedValue(new Response("x"));
    const set = tileSetOf(TILES);
    await expect(set.load(12, 3, 4, new AbortController().signal)).resolves.toBe(bitmap);
    expect(answer.mock.lastCall?.[0]).toBe("/api/files/tiles/i/s/12/3_4.webp");
    answer.mockResolvedValue(new Response("", { status: 404 }));
    await expect(set.load(12, 3, 4, new AbortController().signal)).rejects.toThrow(/404/);
  });

  it("are waited for while the server makes them", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    answer.mockImplementation(async () =>
      Response.json({ state: answer.mock.calls.length < 3 ? "making" : "ready" }),
    );
    const ready = vi.fn();
    void waitForTiles("i", new AbortController().signal).then(ready);
    await vi.advanceTimersByTimeAsync(2000);
    expect(ready).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2000);
    expect(ready).toHaveBeenCalledOnce();
    expect(answer).toHaveBeenCalledTimes(3);
  });

  it("are there as soon as an event says so", async () => {
    let tell: (event: LiveEvent) => void = () => undefined;
    vi.spyOn(events, "subscribeToEvents").mockImplementation((listener) => {
      tell = listener;
      return () => undefined;
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    answer.mockImplementation(async () => Response.json({ state: "making" }));
    const ready = vi.fn();
    const waiting = waitForTiles("i", new AbortController().signal).then(ready);
    await vi.advanceTimersByTimeAsync(1);
    const data = { state: "ready", detail: "" } as const;
    tell({ kind: "image.tiles", dataset: "ducks", id: "another", data });
    await vi.advanceTimersByTimeAsync(1);
    expect(ready).not.toHaveBeenCalled();
    tell({ kind: "image.tiles", dataset: "ducks", id: "i", data });
    await waiting;
    expect(answer).toHaveBeenCalledOnce();
  });

  it.each([
    [Response.json({ state: "failed", detail: "The file is damaged." }), /damaged/],
    [Response.json({ state: "failed" }), /could not prepare/],
    [new Response("<html>", { status: 503 }), /busy/],
  ])("that cannot be made end in a sentence", async (response, sentence) => {
    answer.mockResolvedValue(response);
    await expect(waitForTiles("i", new AbortController().signal)).rejects.toThrow(sentence);
  });

  it("nobody waits for are not asked about again", async () => {
    const abort = new AbortController();
    answer.mockImplementation(async () => Response.json({ state: "making" }));
    const waiting = waitForTiles("i", abort.signal);
    await new Promise((resolve) => setTimeout(resolve));
    abort.abort();
    await expect(waiting).rejects.toThrow();
    expect(answer).toHaveBeenCalledOnce();
  });
});
