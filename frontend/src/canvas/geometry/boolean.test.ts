import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brushed, ellipse, intersect, iouOf, rectangle, sliced, subtract, union } from "./boolean";
import { areaOf, contains } from "./polygons";
import { nearestEdge } from "./ring";
import type { Point, Polygons, Ring } from "./types";

const square = (x: number, y: number, side: number): Polygons => [[rectangle(x, y, x + side, y + side)]];

/** A ring around a centre, its corners at random distances: simple, seldom convex. */
const star = fc
  .tuple(
    fc.double({ min: 20, max: 80, noNaN: true }),
    fc.double({ min: 20, max: 80, noNaN: true }),
    fc.array(fc.double({ min: 4, max: 40, noNaN: true }), { minLength: 3, maxLength: 14 }),
  )
  .map(([cx, cy, radii]): Polygons => [
    [
      radii.flatMap((radius, i) => {
        const turn = (2 * Math.PI * i) / radii.length;
        return [cx + radius * Math.cos(turn), cy + radius * Math.sin(turn)];
      }),
    ],
  ]);

const somewhere = fc.record({
  x: fc.double({ min: -20, max: 120, noNaN: true }),
  y: fc.double({ min: -20, max: 120, noNaN: true }),
});

/** A crumb that is dropped lies between borders, and no point of it further than 0.4 px (a disc of 0.5 px²) from one. */
function isNearBorder(p: Point, ...each: Polygons[]): boolean {
  return each.flat(2).some((ring: Ring) => nearestEdge(ring, p).distance < 0.41);
}

describe("intersection over union", () => {
  const square = [[rectangle(0, 0, 10, 10)]];
  it.each([
    ["itself", square, 1],
    ["half of it", [[rectangle(0, 0, 5, 10)]], 0.5],
    ["one beside it", [[rectangle(20, 0, 30, 10)]], 0],
    ["one moved by half", [[rectangle(5, 0, 15, 10)]], 1 / 3],
    ["itself with a hole of one pixel", [[rectangle(0, 0, 10, 10), rectangle(4, 4, 5, 5)]], 0.99],
    ["itself and a crumb", [...square, [rectangle(20, 20, 20.1, 20.1)]], 100 / 100.01],
  ])("of a square and %s", (_, other, iou) => {
    expect(iouOf(square, other)).toBeCloseTo(iou, 12);
    expect(iouOf(other, square)).toBeCloseTo(iou, 12);
  });

  it("of nothing and nothing is 1", () => {
    expect(iouOf([], [])).toBe(1);
  });
});

describe("operations on areas", () => {
  it("hold at every point", () => {
    fc.assert(
      fc.property(star, star, fc.array(somewhere, { minLength: 20, maxLength: 40 }), (a, b, points) => {
        const sum = union(a, b);
        const rest = subtract(a, b);
        const both = intersect(a, b);
        for (const p of points.filter((each) => !isNearBorder(each, a, b))) {
          const inA = contains(a, p);
          const inB = contains(b, p);
          expect(contains(sum, p)).toBe(inA || inB);
          expect(contains(rest, p)).toBe(inA && !inB);
          expect(contains(both, p)).toBe(inA && inB);
        }
      }),
    );
  });

  it("account for every pixel but for crumbs", () => {
    fc.assert(
      fc.property(star, star, (a, b) => {
        const both = areaOf(intersect(a, b));
        expect(areaOf(union(a, b)) + both).toBeCloseTo(areaOf(a) + areaOf(b), -1);
        expect(areaOf(subtract(a, b)) + both).toBeCloseTo(areaOf(a), -1);
      }),
    );
  });

  it("take a hole out of the middle and put it back", () => {
    const holed = subtract(square(0, 0, 100), square(40, 40, 20));
    expect(holed).toHaveLength(1);
    expect(holed[0]).toHaveLength(2);
    expect(areaOf(holed)).toBe(9600);
    const healed = union(holed, square(40, 40, 20));
    expect(healed[0]).toHaveLength(1);
    expect(areaOf(healed)).toBe(10_000);
  });

  it("keep what is apart as parts, and an island in a hole as a part", () => {
    expect(union(square(0, 0, 10), square(50, 0, 10))).toHaveLength(2);
    const ring = subtract(square(0, 0, 90), square(20, 20, 50));
    const island = union(ring, square(40, 40, 10));
    expect(island.map((part) => part.length)).toEqual([2, 1]);
    expect(areaOf(island)).toBe(90 * 90 - 50 * 50 + 100);
  });

  it("count parts that overlap once, and read one ring that crosses itself by the even-odd rule", () => {
    expect(areaOf(union([...square(0, 0, 10), ...square(5, 0, 10)]))).toBe(150);
    const bow: Polygons = [[[0, 0, 10, 10, 10, 0, 0, 10]]];
    expect(areaOf(union(bow))).toBe(50);
  });

  it("leave nothing, or no crumb, where all is taken", () => {
    expect(subtract(square(10, 10, 10), square(0, 0, 50))).toEqual([]);
    expect(subtract(square(0, 0, 10), [[rectangle(0, 0, 9.99, 10)]])).toEqual([]);
  });

  it("keep the corners of a large image exact", () => {
    const far = subtract(square(19_000, 19_000, 1000), [[rectangle(19_500.1234, 0, 20_000, 20_000)]]);
    expect(areaOf(far)).toBeCloseTo(500.1234 * 1000, 3);
  });
});

describe("slicing", () => {
  it("gives pieces that add up to the whole", () => {
    const pieces = sliced(square(0, 0, 100), [-5, 30, 105, 30]);
    expect(pieces?.map((piece) => Math.round(areaOf(piece)))).toEqual([7000, 3000]);
  });

  it("leaves a part that the line misses with the largest piece", () => {
    const two: Polygons = [...square(0, 0, 100), ...square(200, 0, 20)];
    const pieces = sliced(two, [50, -10, 50, 110]);
    expect(pieces?.map((piece) => piece.length).sort()).toEqual([1, 2]);
  });

  it.each([
    ["passes by", [-5, 150, 105, 150]],
    ["ends inside", [-5, 50, 60, 50]],
  ])("divides nothing when the line %s", (_, line) => {
    expect(sliced(square(0, 0, 100), line)).toBeNull();
  });

  it("follows a line with corners", () => {
    const pieces = sliced(square(0, 0, 100), [-5, 50, 50, 50, 50, 105]);
    expect(pieces?.map((piece) => Math.round(areaOf(piece)))).toEqual([7500, 2500]);
  });
});

describe("shapes", () => {
  it("a brush covers a capsule along its line, a disc at one point", () => {
    const share = (polygons: Polygons, area: number) => areaOf(polygons) / area;
    expect(share(brushed([50, 50, 150, 50], 10, 0.05), 2000 + Math.PI * 100)).toBeCloseTo(1, 2);
    expect(share(brushed([50, 50], 20, 0.05), Math.PI * 400)).toBeCloseTo(1, 2);
  });

  it("an ellipse stays within its tolerance", () => {
    const ring = ellipse(0, 0, 200, 100, 0.25);
    expect(areaOf([[ring]]) / (Math.PI * 100 * 50)).toBeGreaterThan(0.99);
    expect(ellipse(0, 0, 1, 1, 0.25).length).toBe(16);
  });
});
