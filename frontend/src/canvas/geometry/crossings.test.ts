import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { areaOf } from "./polygons";
import { type Crossing, crossesItself, crossingsOf, mendedPolygons, repairOf } from "./crossings";
import { pointAt, pointCount } from "./ring";
import type { Ring } from "./types";

const BOW_TIE = [0, 0, 10, 10, 10, 0, 0, 10];
/** A square with a loop at its corner that it goes round twice. */
const LOOP = [0, 0, 30, 0, 30, 20, 10, 20, 10, 10, 20, 10, 20, 30, 0, 30];

function edgesOf(found: readonly Crossing[]): string[] {
  return found.map(({ edges }) => edges.join("-")).sort();
}

/** Every pair of edges, one by one. */
function slowly(ring: Ring): string[] {
  const n = pointCount(ring);
  const side = (i: number, j: number): number => {
    const [a, b, c] = [pointAt(ring, i), pointAt(ring, (i + 1) % n), pointAt(ring, j % n)];
    return Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
  };
  const found: string[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++)
      if (side(i, j) * side(i, j + 1) < 0 && side(j, i) * side(j, i + 1) < 0) found.push(`${i}-${j}`);
  return found.sort();
}

describe("where an outline crosses itself", () => {
  it.each([
    ["a square", [0, 0, 10, 0, 10, 10, 0, 10], []],
    ["a bow tie", BOW_TIE, ["0-2"]],
    ["a loop", LOOP, ["2-5"]],
    ["edges that touch", [0, 0, 10, 0, 10, 10, 5, 0, 0, 10], []],
    ["a bridge of no width to a hole", [0, 0, 9, 0, 9, 9, 0, 9, 0, 0, 3, 3, 3, 6, 6, 6, 6, 3, 3, 3], []],
  ])("%s", (_, ring, edges) => {
    expect(edgesOf(crossingsOf(ring))).toEqual(edges);
  });

  it("is found like pair by pair", () => {
    const rings = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(rings, (numbers) => {
        const ring = numbers.slice(0, numbers.length - (numbers.length % 2));
        expect(edgesOf(crossingsOf(ring))).toEqual(slowly(ring));
      }),
    );
  });

  it("an open line has no edge from its end to its beginning", () => {
    expect(crossingsOf([0, 0, 10, 10, 10, 0, 0, 10], false)).toHaveLength(1);
    expect(crossingsOf([0, 0, 10, 0, 0, 10, 10, 10], true)).toHaveLength(1);
    expect(crossingsOf([0, 0, 10, 0, 0, 10, 10, 10], false)).toHaveLength(0);
  });
});

describe("the repair", () => {
  it("of a bow tie has one way: its two parts", () => {
    const repair = repairOf(BOW_TIE);
    expect(repair?.isBowTie).toBe(true);
    expect(repair?.parts).toHaveLength(2);
    expect(areaOf(repair?.outer ?? [])).toBeCloseTo(50, 2);
  });

  it("of a loop is its outer contour, or what it encloses once", () => {
    const repair = repairOf(LOOP);
    expect(repair?.isBowTie).toBe(false);
    expect(areaOf(repair?.outer ?? [])).toBeCloseTo(800, 2);
    expect(areaOf(repair?.parts ?? [])).toBeCloseTo(700, 2);
    expect(repair?.outer.every((polygon) => polygon.length === 1)).toBe(true);
  });

  it("sees an eight that goes through one of its own points", () => {
    expect(repairOf([0, 0, 5, 5, 10, 10, 10, 0, 5, 5, 0, 10])?.isBowTie).toBe(true);
    expect(repairOf([0, 0, 9, 0, 9, 9, 0, 9, 0, 0, 3, 3, 3, 6, 6, 6, 6, 3, 3, 3])).toBeNull();
  });

  it("leaves simple outlines alone, and of others only those that cross", () => {
    const simple = [[[0, 0, 10, 0, 10, 10]]];
    expect(mendedPolygons(simple)).toBe(simple);
    const [first, ...others] = mendedPolygons([...simple, [BOW_TIE]]);
    expect(first).toBe(simple[0]);
    expect(others).toHaveLength(2);
    expect(crossesItself([[BOW_TIE]])).toBe(true);
  });

  it("never crosses itself, and encloses no less than any part", () => {
    const rings = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 8, maxLength: 24 });
    fc.assert(
      fc.property(rings, (numbers) => {
        const repair = repairOf(numbers.slice(0, numbers.length - (numbers.length % 2)));
        if (!repair) return;
        for (const way of [repair.outer, repair.parts])
          expect(way.flat().every((ring) => crossingsOf(ring).length === 0)).toBe(true);
        expect(areaOf(repair.outer)).toBeGreaterThanOrEqual(areaOf(repair.parts) - 3);
      }),
      { numRuns: 60 },
    );
  });
});
