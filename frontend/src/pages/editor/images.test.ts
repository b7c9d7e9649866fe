import { describe, expect, it, vi } from "vitest";
import { BitmapCache, type Picture } from "./images";

const MB = 2 ** 20;

/** So many megabytes of pixels. */
const picture = (url: string, megabytes: number): Picture => ({ url, width: 512, height: 512 * megabytes });

function cacheOf(budgetMb: number) {
  const open = new Map<string, { close: () => void }>();
  const decode = vi.fn(async (url: string) => {
    const bitmap = { close: () => open.delete(url) };
    open.set(url, bitmap);
    return bitmap as unknown as ImageBitmap;
  });
  const fetch = vi.fn<(url: string) => Promise<void>>().mockResolvedValue();
  return { cache: new BitmapCache({ decode, fetch }, budgetMb * MB), decode, fetch, open };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("BitmapCache", () => {
  it("decodes a picture once, also when it was prepared", async () => {
    const { cache, decode } = cacheOf(10);
    await cache.prepare([picture("a", 1)]);
    const first = cache.hold(picture("a", 1));
    const second = cache.hold(picture("a", 1));
    expect(await first.bitmap).toBe(await second.bitmap);
    expect(decode).toHaveBeenCalledOnce();
  });

  it("keeps what fits and closes the least recently used", async () => {
    const { cache, open } = cacheOf(3);
    for (const url of ["a", "b", "c", "d"]) cache.hold(picture(url, 1)).release();
    await settled();
    expect([...open.keys()]).toEqual(["b", "c", "d"]);
  });

  it("never closes what is shown, whatever its size", async () => {
    const { cache, open } = cacheOf(3);
    const shown = cache.hold(picture("huge", 9));
    cache.hold(picture("b", 1)).release();
    await settled();
    expect([...open.keys()]).toEqual(["huge"]);
    shown.release();
    shown.release();
    await settled();
    expect([...open.keys()]).toEqual([]);
  });

  it("prepares the most wanted first; of what does not fit it fetches the file", async () => {
    const { cache, decode, fetch, open } = cacheOf(4);
    cache.hold(picture("shown", 2));
    await cache.prepare([picture("next", 1), picture("wide", 2), picture("previous", 1)]);
    await settled();
    expect(decode.mock.calls.flat()).toEqual(["shown", "next", "previous"]);
    expect(fetch.mock.calls.flat()).toEqual(["wide"]);
    expect([...open.keys()]).toEqual(["shown", "next", "previous"]);
  });

  it("makes room for what is wanted now by what was wanted before", async () => {
    const { cache, open } = cacheOf(3);
    cache.hold(picture("shown", 1));
    await cache.prepare([picture("a", 1), picture("b", 1)]);
    await cache.prepare([picture("b", 1), picture("c", 1)]);
    await settled();
    expect([...open.keys()]).toEqual(["shown", "b", "c"]);
  });

  it("leaves images that are shown by tiles alone", async () => {
    const { cache, decode, fetch } = cacheOf(3);
    await cache.prepare([{ ...picture("a", 1), tiles: {} }]);
    expect(decode).not.toHaveBeenCalled();
    expect(fetch).not.toHaveBeenCalled();
  });

  it("stops where something newer is wanted", async () => {
    const { cache, decode } = cacheOf(9);
    await Promise.all([
      cache.prepare([picture("a", 1), picture("b", 1)]),
      cache.prepare([picture("c", 1), picture("d", 1)]),
    ]);
    expect(decode.mock.calls.flat()).toEqual(["a", "c", "d"]);
  });

  it("asks anew for one that failed", async () => {
    const { cache, decode } = cacheOf(9);
    decode.mockRejectedValueOnce(new Error("no connection"));
    await cache.prepare([picture("a", 1), picture("b", 1)]);
    await expect(cache.hold(picture("a", 1)).bitmap).resolves.toBeTruthy();
    expect(decode.mock.calls.flat()).toEqual(["a", "b", "a"]);
  });
});
