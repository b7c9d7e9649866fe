import { describe, expect, it, vi } from "vitest";
import { FrameCache } from "./frameCache";
import type { Frame } from "./wire";

const frame = (position: number, numbers = 8): Frame => ({
  position,
  frame: position,
  time_ms: position * 40,
  width: 640,
  height: 480,
  instances: [[0, 0.9, null, Array<number>(numbers).fill(1)]],
});

/** A server with so many frames; answers when told to, or at once. */
function serverOf(options: { total: () => number; atOnce?: boolean; numbers?: number }) {
  const asked: { from: number; signal: AbortSignal; answer: () => void }[] = [];
  const load = vi.fn((from: number, to: number, signal: AbortSignal) => {
    const frames: Frame[] = [];
    for (let i = from; i < Math.min(to, options.total()); i += 1) frames.push(frame(i, options.numbers));
    return new Promise<Frame[]>((resolve) => {
      asked.push({ from, signal, answer: () => resolve(frames) });
      if (options.atOnce ?? true) resolve(frames);
    });
  });
  return { load, asked };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const firsts = (load: ReturnType<typeof serverOf>["load"]) => load.mock.calls.map(([from]) => from);

describe("the cache of frames", () => {
  it("loads the chunk that is shown, then those ahead, then the one behind", async () => {
    const { load } = serverOf({ total: () => 1000 });
    const cache = new FrameCache({ load, onChange: () => undefined, chunkSize: 10 });
    cache.settle(1000);
    cache.look(55, 1, 20);
    await settled();
    expect(firsts(load)).toEqual([50, 60, 70, 40]);
    expect(cache.at(55)?.position).toBe(55);
    expect(cache.at(80)).toBeUndefined();
    cache.look(55, 1, 20);
    await settled();
    expect(load).toHaveBeenCalledTimes(4);
  });

  it("loads backwards for what plays backwards", async () => {
    const { load } = serverOf({ total: () => 1000 });
    const cache = new FrameCache({ load, onChange: () => undefined, chunkSize: 10 });
    cache.settle(1000);
    cache.look(55, -1, 10);
    await settled();
    expect(firsts(load)).toEqual([50, 40, 60]);
  });

  it("stays within its bounds however long one watches", async () => {
    const { load } = serverOf({ total: () => 200_000, numbers: 100 });
    const cache = new FrameCache({
      load,
      onChange: () => undefined,
      chunkSize: 10,
      maxChunks: 6,
      maxNumbers: 5_000,
    });
    cache.settle(200_000);
    for (let position = 0; position < 3_000; position += 10) {
      cache.look(position, 1, 20);
      await settled();
      expect(cache.at(position)?.position).toBe(position);
      expect(cache.size.chunks).toBeLessThanOrEqual(6);
      expect(cache.size.numbers).toBeLessThanOrEqual(6_000);
    }
  });

  it("keeps what is shown even where it alone is over the bound, and then loads nothing ahead", async () => {
    const { load } = serverOf({ total: () => 100, numbers: 1000 });
    const cache = new FrameCache({ load, onChange: () => undefined, chunkSize: 10, maxNumbers: 500 });
    cache.settle(100);
    cache.look(35, 1, 40);
    await settled();
    expect(cache.at(35)?.position).toBe(35);
    // The two requests that began before anything was known of their size.
    expect(firsts(load)).toEqual([30, 40]);
  });

  it("gives up requests for where nobody is any more", async () => {
    const { load, asked } = serverOf({ total: () => 1000, atOnce: false });
    const cache = new FrameCache({ load, onChange: () => undefined, chunkSize: 10 });
    cache.settle(1000);
    cache.look(0, 1, 10);
    expect(asked.map(({ from }) => from)).toEqual([0, 10]);
    cache.look(500, 1, 10);
    expect(asked.slice(0, 2).every(({ signal }) => signal.aborted)).toBe(true);
    asked[0]?.answer();
    asked[2]?.answer();
    await settled();
    expect(cache.at(0)).toBeUndefined();
    expect(cache.at(500)?.position).toBe(500);
  });

  it("reads a chunk again that ended before the job did, and no other", async () => {
    let total = 15;
    const { load } = serverOf({ total: () => total });
    const cache = new FrameCache({ load, onChange: () => undefined, chunkSize: 10 });
    cache.settle(15);
    cache.look(12, 1, 10);
    await settled();
    expect(firsts(load)).toEqual([10, 0]);
    expect(cache.isSettled(14)).toBe(true);
    total = 30;
    cache.settle(30);
    await settled();
    expect(firsts(load)).toEqual([10, 0, 10, 20]);
    expect(cache.at(19)?.position).toBe(19);
  });

  it("does not ask twice for frames that are missing for good", async () => {
    const load = vi.fn(async (from: number) => [frame(from), frame(from + 2)]);
    const cache = new FrameCache({ load, onChange: () => undefined, chunkSize: 3 });
    cache.settle(3);
    cache.look(1, 1, 0);
    await settled();
    cache.look(1, 1, 0);
    await settled();
    expect(load).toHaveBeenCalledTimes(1);
    expect(cache.at(1)).toBeUndefined();
    expect(cache.at(2)?.position).toBe(2);
    expect(cache.isSettled(1)).toBe(true);
  });

  it("says what failed, and tries again later", async () => {
    vi.useFakeTimers();
    let isUp = false;
    const load = vi.fn(async (from: number) => {
      if (!isUp) throw new Error("down");
      return [frame(from)];
    });
    const onChange = vi.fn();
    const cache = new FrameCache({ load, onChange, chunkSize: 1, retryMs: 100 });
    cache.settle(1);
    cache.look(0, 1, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.error).toBeInstanceOf(Error);
    cache.look(0, 1, 0);
    expect(load).toHaveBeenCalledTimes(1);
    isUp = true;
    await vi.advanceTimersByTimeAsync(100);
    expect(cache.error).toBeNull();
    expect(cache.at(0)?.position).toBe(0);
    vi.useRealTimers();
  });
});
