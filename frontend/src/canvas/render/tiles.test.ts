import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { TilePyramid } from "./tile-pyramid";
import { TileGrid, type TileSet } from "./tile-set";

const IMAGE = { width: 20_000, height: 12_000 };
const VIEW = { width: 1000, height: 800 };

/** As Deep Zoom cuts it: halves, rounded up, down to one pixel. */
function levelsOf({ width, height }: typeof IMAGE) {
  const count = Math.ceil(Math.log2(Math.max(width, height)));
  return Array.from({ length: count + 1 }, (_, level) => ({
    level,
    width: Math.ceil(width / 2 ** (count - level)),
    height: Math.ceil(height / 2 ** (count - level)),
  }));
}

type Load = { name: string; signal: AbortSignal; answer: () => Promise<void>; fail: () => Promise<void> };
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function setUp(budget?: number) {
  const loads: Load[] = [];
  const closed = vi.fn();
  const load: TileSet["load"] = (level, column, row, signal) =>
    new Promise((resolve, reject) => {
      const { width, height } = levelsOf(IMAGE)[level] ?? { width: 0, height: 0 };
      const size = {
        width: Math.min(512, width - column * 512),
        height: Math.min(512, height - row * 512),
      };
      loads.push({
        name: `${level}/${column}/${row}`,
        signal,
        answer: () => (resolve({ ...size, close: closed }), settle()),
        fail: () => (reject(new Error("gone")), settle()),
      });
    });
  const arrived = vi.fn();
  const set = { levels: levelsOf(IMAGE), tileSize: 512, load };
  return { loads, closed, arrived, pyramid: new TilePyramid(set, IMAGE, arrived, budget) };
}

/** Where things were drawn: left, top, right, bottom. */
function drawn(pyramid: TilePyramid, camera: { scale: number; x: number; y: number }) {
  const drawImage = vi.fn();
  pyramid.paint({ drawImage } as unknown as CanvasRenderingContext2D, camera, VIEW);
  return drawImage.mock.calls.map((call) => call.slice(1) as number[]);
}

const FITTED = { scale: 0.05, x: 0, y: 100 };
const CLOSE = { scale: 1, x: -9500, y: -5600 };

describe("tiles", () => {
  it("the level is as sharp as the screen, and no sharper than need be", () => {
    const grid = new TileGrid({ levels: levelsOf(IMAGE), tileSize: 512, load: vi.fn() }, IMAGE);
    fc.assert(
      fc.property(fc.double({ min: 0.03, max: 4, noNaN: true }), (scale) => {
        const index = grid.indexFor(scale);
        const width = grid.levels[index]?.width ?? 0;
        expect(width >= Math.min(IMAGE.width, IMAGE.width * scale * 0.9)).toBe(true);
        if (index > grid.base) expect(grid.levels[index - 1]?.width).toBeLessThan(IMAGE.width * scale * 0.9);
      }),
    );
  });

  it("of a level cover a box without gap or overlap, and a tile's parent covers it", () => {
    const grid = new TileGrid({ levels: levelsOf(IMAGE), tileSize: 512, load: vi.fn() }, IMAGE);
    for (const { level } of grid.levels) {
      const all = grid.meeting(level, { minX: 0, minY: 0, maxX: IMAGE.width, maxY: IMAGE.height });
      if (all.length > 400) continue;
      const area = all
        .map((ref) => grid.boxOf(ref))
        .reduce((sum, box) => sum + (box.maxX - box.minX) * (box.maxY - box.minY), 0);
      expect(area / (IMAGE.width * IMAGE.height)).toBeCloseTo(1, 9);
      for (const ref of all.slice(0, 20)) {
        const parent = grid.parentOf(ref);
        if (!parent) continue;
        const [inner, outer] = [grid.boxOf(ref), grid.boxOf(parent)];
        // Sizes are rounded up at each level, so the edges agree to a pixel of the coarser one.
        const pixel = IMAGE.width / (grid.levels[parent.index]?.width ?? 1);
        expect(inner.minX).toBeGreaterThanOrEqual(outer.minX - pixel);
        expect(inner.maxY).toBeLessThanOrEqual(outer.maxY + pixel);
      }
    }
  });

  it("are fetched from the middle outwards after the smallest, six at once", async () => {
    const { loads, pyramid } = setUp();
    pyramid.fetch(CLOSE, VIEW);
    expect(loads.map(({ name }) => name).slice(0, 2)).toEqual(["9/0/0", "15/19/11"]);
    expect(loads).toHaveLength(6);
    await loads[1]?.answer();
    expect(loads).toHaveLength(7);
  });

  it("that are no longer seen are called off", () => {
    const { loads, pyramid } = setUp();
    pyramid.fetch(CLOSE, VIEW);
    pyramid.fetch({ scale: 1, x: -1000, y: -1000 }, VIEW);
    expect(loads.slice(0, 6).map(({ signal }) => signal.aborted)).toEqual([
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(loads).toHaveLength(11);
  });

  it("are drawn coarse until the sharp ones come, side by side on whole pixels", async () => {
    const { loads, arrived, pyramid } = setUp();
    expect(drawn(pyramid, CLOSE)).toEqual([]);
    pyramid.fetch(CLOSE, VIEW);
    await loads[0]?.answer();
    expect(arrived).toHaveBeenCalledOnce();
    const coarse = drawn(pyramid, CLOSE);
    const covers = (list: number[][]): number =>
      list.reduce((sum, [, , , , , , width = 0, height = 0]) => sum + width * height, 0);
    expect(covers(coarse)).toBeGreaterThanOrEqual(VIEW.width * VIEW.height);
    expect(coarse.every(([, , width = 0]) => width < 20)).toBe(true);
    await loads[1]?.answer();
    expect(drawn(pyramid, CLOSE).filter(([, , width]) => width === 512)).toHaveLength(1);
    expect(
      drawn(pyramid, CLOSE)
        .flatMap((each) => each.slice(4))
        .every(Number.isInteger),
    ).toBe(true);
    expect(covers(drawn(pyramid, CLOSE))).toBe(covers(coarse));
  });

  it("are forgotten when others need the room, but never those that are wanted", async () => {
    const { loads, closed, pyramid } = setUp(8 * 2 ** 20);
    pyramid.fetch(FITTED, VIEW);
    for (let i = 0; i < loads.length; i++) await loads[i]?.answer();
    const fitted = loads.length;
    expect(closed).not.toHaveBeenCalled();
    pyramid.fetch(CLOSE, VIEW);
    for (let i = fitted; i < loads.length; i++) await loads[i]?.answer();
    expect(closed).toHaveBeenCalled();
    expect(drawn(pyramid, CLOSE).every(([, , width]) => width === 512)).toBe(true);
  });

  it("that fail are asked for again a little later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { loads, pyramid } = setUp();
    pyramid.fetch(FITTED, VIEW);
    const { name, fail } = loads[0] as Load;
    void fail();
    for (const each of loads.slice(1)) void each.answer();
    await vi.advanceTimersByTimeAsync(10);
    expect(loads.filter((each) => each.name === name)).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(loads.filter((each) => each.name === name)).toHaveLength(2);
    vi.useRealTimers();
  });
});
