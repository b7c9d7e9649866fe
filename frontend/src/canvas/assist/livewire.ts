import type { EdgeCosts } from "./edge-cost";

/** Neighbours by direction: the first four and the last four run along the axes of `EdgeCosts`. */
const DX = [1, 1, 0, 1, -1, -1, 0, -1] as const;
const DY = [0, 1, 1, -1, 0, -1, -1, 1] as const;
const LENGTH = DX.map((dx, k) => Math.hypot(dx, DY[k] as number));
const NOWHERE = 255;
const FAR = 0xffffffff;
/** Every step costs this besides, so that among paths along equal edges the shortest wins. */
const STEP = 8;
/** Part by which a straight line may cost more than the path that it replaces. */
const SLACK = 0.03;
/** More than the dearest step: (255 + 255 + STEP) × √2. */
const BUCKETS = 1024;

/**
 * The cheapest paths from one pixel to all others (Dijkstra, in buckets by whole-number costs as Dial has it), found as
 * far as they are asked for: a pointer that moves on finds what it passed already done.
 */
export class LiveWire {
  readonly #costs: EdgeCosts;
  readonly #seed: number;
  readonly #cost: Uint32Array;
  /** Direction in which the path came into a pixel. */
  readonly #from: Uint8Array;
  readonly #isDone: Uint8Array;
  /** Pixels by cost modulo `BUCKETS`, as doubly linked lists: −1 ends one. */
  readonly #head = new Int32Array(BUCKETS).fill(-1);
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #bucket = 0;
  #waiting = 1;

  /** `x`, `y`: the pixel where every path begins. */
  constructor(costs: EdgeCosts, x: number, y: number) {
    const n = costs.width * costs.height;
    this.#costs = costs;
    this.#seed = y * costs.width + x;
    this.#cost = new Uint32Array(n).fill(FAR);
    this.#from = new Uint8Array(n).fill(NOWHERE);
    this.#isDone = new Uint8Array(n);
    this.#next = new Int32Array(n).fill(-1);
    this.#previous = new Int32Array(n).fill(-1);
    this.#cost[this.#seed] = 0;
    this.#push(this.#seed, 0);
  }

  /**
   * Pixels from the seed to (`x`, `y`), flat; null when finding it takes more than `budget` pixels now. The work done is
   * kept: asked again, it goes on.
   */
  pathTo(x: number, y: number, budget = Infinity): number[] | null {
    const { width } = this.#costs;
    const target = y * width + x;
    for (let left = budget; this.#isDone[target] === 0 && left > 0; left--) this.#advance();
    if (this.#isDone[target] === 0) return null;
    const path: number[] = [];
    for (let at = target; ;) {
      path.push(Math.floor(at / width), at % width);
      const direction = this.#from[at] as number;
      if (direction === NOWHERE) break;
      at -= (DX[direction] as number) + (DY[direction] as number) * width;
    }
    return path.reverse();
  }

  /**
   * The corners of a found path: between two of them a straight line costs no more than the path does, but for a little.
   * Where nothing guides the wire its steps in eight directions so become straight.
   */
  cornersOf(path: readonly number[]): number[] {
    const last = path.length - 2;
    const corners = path.slice(0, 2);
    for (let i = 0; i < last;) {
      let k = last;
      while (k > i + 2 && !this.#isStraight(path, i, k)) k = i + 2 * Math.max(1, Math.floor((k - i) / 4));
      corners.push(path[k] as number, path[k + 1] as number);
      i = k;
    }
    return corners;
  }

  #isStraight(path: readonly number[], i: number, k: number): boolean {
    const [x1, y1] = [path[i] as number, path[i + 1] as number];
    const [x2, y2] = [path[k] as number, path[k + 1] as number];
    const { width } = this.#costs;
    const limit =
      ((this.#cost[y2 * width + x2] as number) - (this.#cost[y1 * width + x1] as number)) * (1 + SLACK);
    const steps = Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1));
    let cost = 0;
    let at = y1 * width + x1;
    for (let s = 1; s <= steps && cost <= limit; s++) {
      const x = Math.round(x1 + ((x2 - x1) * s) / steps);
      const y = Math.round(y1 + ((y2 - y1) * s) / steps);
      const to = y * width + x;
      cost += stepCost(this.#costs, at, to, directionOf(x - (at % width), y - Math.floor(at / width)));
      at = to;
    }
    return cost <= limit;
  }

  #push(at: number, bucket: number): void {
    const head = this.#head[bucket] as number;
    this.#next[at] = head;
    this.#previous[at] = -1;
    if (head >= 0) this.#previous[head] = at;
    this.#head[bucket] = at;
  }

  #remove(at: number, bucket: number): void {
    const next = this.#next[at] as number;
    const previous = this.#previous[at] as number;
    if (previous >= 0) this.#next[previous] = next;
    else this.#head[bucket] = next;
    if (next >= 0) this.#previous[next] = previous;
  }

  /** The nearest pixel that waits is done; its neighbours may now be reached through it. */
  #advance(): void {
    if (this.#waiting === 0) return;
    while ((this.#head[this.#bucket] as number) < 0) this.#bucket = (this.#bucket + 1) % BUCKETS;
    const at = this.#head[this.#bucket] as number;
    this.#remove(at, this.#bucket);
    this.#waiting--;
    this.#isDone[at] = 1;
    const { width, height } = this.#costs;
    const x = at % width;
    const y = (at - x) / width;
    for (let k = 0; k < 8; k++) {
      const nx = x + (DX[k] as number);
      const ny = y + (DY[k] as number);
      if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
      const neighbour = ny * width + nx;
      if (this.#isDone[neighbour] === 1) continue;
      const cost = (this.#cost[at] as number) + stepCost(this.#costs, at, neighbour, k);
      const old = this.#cost[neighbour] as number;
      if (cost >= old) continue;
      if (old === FAR) this.#waiting++;
      else this.#remove(neighbour, old % BUCKETS);
      this.#cost[neighbour] = cost;
      this.#from[neighbour] = k;
      this.#push(neighbour, cost % BUCKETS);
    }
  }
}

export function directionOf(dx: number, dy: number): number {
  return DX.findIndex((each, k) => each === dx && DY[k] === dy);
}

/** Of the step from one pixel (its index) to its neighbour in a direction. */
export function stepCost({ pixel, across }: EdgeCosts, from: number, to: number, direction: number): number {
  const axis = across[direction & 3] as Uint8Array;
  const turn = ((axis[from] as number) + (axis[to] as number)) / 2;
  return Math.round(((pixel[to] as number) + turn + STEP) * (LENGTH[direction] as number));
}
