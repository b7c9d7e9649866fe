import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { projectOnSegment } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { type EdgeCosts, edgeCosts } from "./edge-cost";
import { EdgeTracer } from "./edge-tracer";
import { directionOf, LiveWire, stepCost } from "./livewire";
import { noiseAt, sourceOf } from "./synthetic";

const SIZE = { width: 400, height: 300 };
const CENTRE = { x: 200, y: 150 };
const RADIUS = 90;

function disc(noise: number, contrast = 120) {
  return sourceOf(SIZE, (x, y) => {
    const isInside = Math.hypot(x - CENTRE.x, y - CENTRE.y) < RADIUS;
    return 60 + (isInside ? contrast : 0) + noise * noiseAt(x, y);
  });
}

function onRim(angle: number): Point {
  return { x: CENTRE.x + RADIUS * Math.cos(angle), y: CENTRE.y + RADIUS * Math.sin(angle) };
}

function traced(tracer: EdgeTracer, from: Point, to: Point, scale = 1): Point[] {
  expect(tracer.begin(from, scale)).toBe(true);
  const flat = tracer.pathTo(to, Infinity) ?? [];
  const points = [from];
  for (let i = 0; i < flat.length; i += 2) points.push({ x: flat[i] as number, y: flat[i + 1] as number });
  return points;
}

/** Points every half pixel along a line. */
function* along(points: readonly Point[]): Generator<Point> {
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1] as Point;
    const b = points[i] as Point;
    const steps = Math.ceil(2 * Math.hypot(b.x - a.x, b.y - a.y));
    for (let s = 0; s <= steps; s++)
      yield { x: a.x + ((b.x - a.x) * s) / steps, y: a.y + ((b.y - a.y) * s) / steps };
  }
}

function farthestFromRim(points: readonly Point[]): number {
  return Math.max(
    ...Array.from(along(points), ({ x, y }) => Math.abs(Math.hypot(x - CENTRE.x, y - CENTRE.y) - RADIUS)),
  );
}

describe("the live wire", () => {
  it.each([
    ["a clean disc", disc(0)],
    ["a noisy disc", disc(20)],
    ["a faint disc", disc(4, 25)],
  ])("between two points of the rim of %s follows the rim", (_, source) => {
    const tracer = new EdgeTracer(source, SIZE);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
        fc.double({ min: 0.3, max: 2.6, noNaN: true }),
        (start, turn) => {
          const path = traced(tracer, onRim(start), onRim(start + turn));
          expect(farthestFromRim(path)).toBeLessThan(1.5);
          expect(path.length).toBeLessThan(50);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("holds to the rim at a smaller scale, within its coarser pixels", () => {
    const tracer = new EdgeTracer(disc(10), SIZE);
    expect(farthestFromRim(traced(tracer, onRim(1), onRim(3), 0.5))).toBeLessThan(3);
  });

  it("is nearly straight where there is nothing to follow", () => {
    const tracer = new EdgeTracer(
      sourceOf(SIZE, () => 90),
      SIZE,
    );
    const coordinate = (max: number) => fc.double({ min: 5, max: max - 5, noNaN: true });
    const point = fc.record({ x: coordinate(SIZE.width), y: coordinate(SIZE.height) });
    fc.assert(
      fc.property(point, point, (a, b) => {
        for (const p of traced(tracer, a, b)) expect(projectOnSegment(p, a, b).distance).toBeLessThan(2.5);
      }),
      { numRuns: 60 },
    );
  });

  it("begins and ends where the hand was, also beyond the window", () => {
    const size = { width: 3000, height: 200 };
    const tracer = new EdgeTracer(
      sourceOf(size, () => 90),
      size,
    );
    const path = traced(tracer, { x: 100.3, y: 50.2 }, { x: 2500.25, y: 60.75 });
    expect(path.at(-1)).toEqual({ x: 2500.25, y: 60.75 });
  });

  it("gives up after its budget, and goes on from there when asked again", () => {
    const tracer = new EdgeTracer(disc(5), SIZE);
    const to = onRim(2);
    tracer.begin(onRim(0), 1);
    let asked = 0;
    let path: number[] | null = null;
    while (path === null && asked++ < 1000) path = tracer.pathTo(to, 500);
    expect(asked).toBeGreaterThan(2);
    const whole = new EdgeTracer(disc(5), SIZE);
    whole.begin(onRim(0), 1);
    expect(path).toEqual(whole.pathTo(to, Infinity));
  });

  it("finds paths as cheap as relaxing every step until nothing changes", () => {
    const [width, height] = [9, 7];
    const grey = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 63, maxLength: 63 });
    fc.assert(
      fc.property(grey, fc.nat(width - 1), fc.nat(height - 1), (values, x, y) => {
        const costs = edgeCosts(Float32Array.from(values), width, height);
        const path = new LiveWire(costs, x, y).pathTo(4, 3) ?? [];
        expect(path.slice(0, 2)).toEqual([x, y]);
        expect(path.slice(-2)).toEqual([4, 3]);
        expect(costOfPath(costs, path)).toBe(cheapest(costs, y * width + x, 3 * width + 4));
      }),
      { numRuns: 30 },
    );
  });
});

function costOfPath(costs: EdgeCosts, path: readonly number[]): number {
  let sum = 0;
  for (let i = 2; i < path.length; i += 2) {
    const [x1, y1, x2, y2] = path.slice(i - 2, i + 2) as [number, number, number, number];
    const direction = directionOf(x2 - x1, y2 - y1);
    sum += stepCost(costs, y1 * costs.width + x1, y2 * costs.width + x2, direction);
  }
  return sum;
}

function cheapest(costs: EdgeCosts, from: number, to: number): number {
  const { width, height } = costs;
  const cost = new Array<number>(width * height).fill(Infinity);
  cost[from] = 0;
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (let a = 0; a < cost.length; a++) {
      for (let b = 0; b < cost.length; b++) {
        const direction = directionOf(
          (b % width) - (a % width),
          Math.floor(b / width) - Math.floor(a / width),
        );
        if (direction < 0) continue;
        const through = (cost[a] as number) + stepCost(costs, a, b, direction);
        if (through >= (cost[b] as number)) continue;
        cost[b] = through;
        hasChanged = true;
      }
    }
  }
  return cost[to] as number;
}

describe("a point near an edge", () => {
  it("is pulled onto it, one in the open is not", () => {
    const tracer = new EdgeTracer(disc(0), SIZE);
    tracer.begin(CENTRE, 1);
    const { x, y } = tracer.pulled({ x: CENTRE.x + RADIUS + 3, y: CENTRE.y });
    expect(Math.abs(Math.hypot(x - CENTRE.x, y - CENTRE.y) - RADIUS)).toBeLessThan(1);
    expect(tracer.pulled(CENTRE)).toBe(CENTRE);
  });
});
