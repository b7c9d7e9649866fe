import { simplifyLine } from "../geometry/simplify";
import type { Box, Point, Size } from "../geometry/types";
import { type EdgeCosts, edgeCosts } from "./edge-cost";
import { LiveWire } from "./livewire";
import { luminanceOf, type PixelSource } from "./pixels";

/** Side of the square around the seed in which paths are looked for, in working pixels. */
const WINDOW = 512;
/** A seed nearer to the window's border than this (working pixels) gets a window of its own. */
const MARGIN = 160;
/** How far, in working pixels, a point is moved to lie on an edge. */
const PULL = 4;
/** How far, in working pixels, the outline may lie from the pixels of the path. */
const TOLERANCE = 0.75;
/** A pixel that costs less than this to enter lies on an edge. */
const EDGE = 40;

type Window = {
  readonly box: Box;
  readonly scale: number;
  readonly costs: EdgeCosts;
};

/** Paths along the edges of a photograph, in image pixels. One working pixel is one on the screen, or one of the image. */
export class EdgeTracer {
  readonly #source: PixelSource;
  readonly #size: Size;
  #window: Window | null = null;
  #wire: LiveWire | null = null;
  #seed: Point = { x: 0, y: 0 };

  constructor(source: PixelSource, size: Size) {
    this.#source = source;
    this.#size = size;
  }

  /**
   * Paths begin at `from` from now on. `scale`: CSS pixels to one of the image. False when the photograph is not there
   * to be read.
   */
  begin(from: Point, scale: number): boolean {
    const isSame = from.x === this.#seed.x && from.y === this.#seed.y;
    if (isSame && this.#window?.scale === Math.min(1, scale)) return true;
    const window = this.#windowAround(from, Math.min(1, scale));
    this.#window = window;
    this.#seed = from;
    this.#wire = null;
    return window !== null;
  }

  #windowAround(p: Point, scale: number): Window | null {
    const old = this.#window;
    if (old?.scale === scale && isWellInside(old, p, this.#size)) return old;
    const side = Math.ceil(WINDOW / scale);
    const [minX, maxX] = span(p.x, side, this.#size.width);
    const [minY, maxY] = span(p.y, side, this.#size.height);
    const box = { minX, minY, maxX, maxY };
    const longest = Math.max(box.maxX - box.minX, box.maxY - box.minY);
    const pixels = this.#source(box, Math.max(1, Math.round(longest * scale)));
    if (!pixels) return null;
    const costs = edgeCosts(luminanceOf(pixels), pixels.width, pixels.height);
    return { box: pixels.box, scale, costs };
  }

  /**
   * Flat points after the seed up to `to`; null when the search is not over within `budget` pixels (asked again, it goes
   * on). Beyond the window the way is straight.
   */
  pathTo(to: Point, budget: number): number[] | null {
    const window = this.#window;
    if (!window) return [to.x, to.y];
    const seed = toWorking(window, this.#seed);
    this.#wire ??= new LiveWire(window.costs, seed.x, seed.y);
    const reached = lastInside(window.box, this.#seed, to);
    const { x, y } = toWorking(window, reached);
    const path = this.#wire.pathTo(x, y, budget);
    if (!path) return null;
    const corners = this.#wire.cornersOf(path);
    const line: number[] = [this.#seed.x, this.#seed.y];
    // Seed and end lie where the hand put them, not in the middle of their pixels.
    const end = reached === to ? corners.length - 2 : corners.length;
    for (let i = 2; i < end; i += 2) {
      const p = toImage(window, corners[i] as number, corners[i + 1] as number);
      line.push(p.x, p.y);
    }
    line.push(to.x, to.y);
    return simplifyLine(line, TOLERANCE / window.scale).slice(2);
  }

  /** The point on the strongest edge close by; the point itself where there is none. */
  pulled(p: Point): Point {
    const window = this.#window;
    if (!window || !isInside(window.box, p)) return p;
    const { costs } = window;
    const at = toWorking(window, p);
    let best: Point | null = null;
    let least = Infinity;
    for (let dy = -PULL; dy <= PULL; dy++) {
      for (let dx = -PULL; dx <= PULL; dx++) {
        const x = at.x + dx;
        const y = at.y + dy;
        if (dx * dx + dy * dy > PULL * PULL || x < 0 || y < 0 || x >= costs.width || y >= costs.height)
          continue;
        const value = costs.pixel[y * costs.width + x] as number;
        const cost = value + Math.hypot(dx, dy);
        if (value < EDGE && cost < least) {
          least = cost;
          best = { x, y };
        }
      }
    }
    return best ? toImage(window, best.x, best.y) : p;
  }
}

/** Whole pixels of one axis: `side` of them with `centre` in the middle, moved to lie inside the image. */
function span(centre: number, side: number, length: number): [from: number, to: number] {
  const from = Math.max(0, Math.min(length - side, Math.floor(centre - side / 2)));
  return [from, Math.min(length, from + side)];
}

/** Where the straight way from inside a box leaves it; `to` itself when it does not. */
function lastInside(box: Box, from: Point, to: Point): Point {
  if (isInside(box, to)) return to;
  const share = (a: number, b: number, min: number, max: number): number =>
    b > max ? (max - a) / (b - a) : b < min ? (min - a) / (b - a) : 1;
  const t = Math.min(share(from.x, to.x, box.minX, box.maxX), share(from.y, to.y, box.minY, box.maxY));
  return { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
}

function isInside(box: Box, { x, y }: Point): boolean {
  return x >= box.minX && y >= box.minY && x <= box.maxX && y <= box.maxY;
}

/** Far from every side of the window that is not the image's own. */
function isWellInside({ box, scale }: Window, { x, y }: Point, size: Size): boolean {
  const margin = MARGIN / scale;
  return (
    (box.minX === 0 || x - box.minX >= margin) &&
    (box.minY === 0 || y - box.minY >= margin) &&
    (box.maxX === size.width || box.maxX - x >= margin) &&
    (box.maxY === size.height || box.maxY - y >= margin)
  );
}

function toWorking({ box, costs }: Window, p: Point): Point {
  const x = Math.floor(((p.x - box.minX) / (box.maxX - box.minX)) * costs.width);
  const y = Math.floor(((p.y - box.minY) / (box.maxY - box.minY)) * costs.height);
  return { x: Math.max(0, Math.min(costs.width - 1, x)), y: Math.max(0, Math.min(costs.height - 1, y)) };
}

/** The middle of a working pixel. */
function toImage({ box, costs }: Window, x: number, y: number): Point {
  return {
    x: box.minX + ((x + 0.5) / costs.width) * (box.maxX - box.minX),
    y: box.minY + ((y + 0.5) / costs.height) * (box.maxY - box.minY),
  };
}
