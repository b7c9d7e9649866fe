import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fit, limited, panned, toImage, toScreen, zoomedAt } from "./camera";
import { areaOf, boxOf, clampedToImage, contains, translatedInside, vertexTotal } from "./polygons";
import { isRing, nearestEdge, nearestVertex, projectOnSegment, signedArea, withoutRepeats } from "./ring";
import { simplifyLine, simplifyRing, thinRing } from "./simplify";
import type { Point, Ring } from "./types";

const SQUARE: Ring = [10, 10, 30, 10, 30, 30, 10, 30];
const HOLE: Ring = [15, 15, 25, 15, 25, 25, 15, 25];
const SIZE = { width: 100, height: 80 };

const coordinate = fc.double({ min: -50, max: 150, noNaN: true });
const ring = fc
  .array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 30 })
  .map((points) => points.flat());

/** A star around a centre: simple, whatever the radii. */
const star = fc
  .array(fc.double({ min: 5, max: 30, noNaN: true }), { minLength: 8, maxLength: 60 })
  .map((radii) =>
    radii.flatMap((radius, i) => {
      const angle = (i / radii.length) * 2 * Math.PI;
      return [50 + radius * Math.cos(angle), 40 + radius * Math.sin(angle)];
    }),
  );

function distanceToLine(p: Point, line: readonly number[]): number {
  let best = Infinity;
  for (let i = 0; i + 3 < line.length; i += 2) {
    const a = { x: line[i] as number, y: line[i + 1] as number };
    const b = { x: line[i + 2] as number, y: line[i + 3] as number };
    best = Math.min(best, projectOnSegment(p, a, b).distance);
  }
  return best;
}

describe("rings", () => {
  it("knows area and direction", () => {
    expect(signedArea(SQUARE)).toBe(400);
    expect(signedArea([10, 30, 30, 30, 30, 10, 10, 10])).toBe(-400);
    expect(areaOf([[SQUARE, HOLE]])).toBe(300);
  });

  it("finds the nearest vertex and edge, the closing edge included", () => {
    expect(nearestVertex(SQUARE, { x: 29, y: 12 })).toMatchObject({ index: 1 });
    expect(nearestEdge(SQUARE, { x: 8, y: 20 })).toMatchObject({
      index: 3,
      point: { x: 10, y: 20 },
      distance: 2,
    });
  });

  it("drops repeated points, also a last one that repeats the first", () => {
    expect(withoutRepeats([0, 0, 0, 0, 5, 0, 5, 5, 0, 0])).toEqual([0, 0, 5, 0, 5, 5]);
  });

  it.each([
    ["a line", [0, 0, 10, 10, 20, 20]],
    ["two points", [0, 0, 10, 10]],
    ["one point three times", [3, 3, 3, 3, 3, 3]],
  ])("does not take %s for a ring", (_, points) => {
    expect(isRing(points)).toBe(false);
  });
});

describe("containment", () => {
  it.each([
    [{ x: 12, y: 12 }, true],
    [{ x: 20, y: 20 }, false], // in the hole
    [{ x: 5, y: 20 }, false],
    [{ x: 52, y: 52 }, true], // in the second part
  ])("%o → %s", (point, inside) => {
    const second: Ring = [50, 50, 60, 50, 60, 60];
    expect(contains([[SQUARE, HOLE], [second]], point)).toBe(inside);
  });

  it("agrees with the winding of a star about its centre", () => {
    fc.assert(fc.property(star, (points) => contains([[points]], { x: 50, y: 40 })));
  });
});

describe("simplification", () => {
  it("keeps every point of the line within the tolerance of the result", () => {
    fc.assert(
      fc.property(ring, fc.double({ min: 0.1, max: 20, noNaN: true }), (line, tolerance) => {
        const simple = simplifyLine(line, tolerance);
        for (let i = 0; i < line.length; i += 2) {
          const p = { x: line[i] as number, y: line[i + 1] as number };
          expect(distanceToLine(p, simple)).toBeLessThanOrEqual(tolerance + 1e-9);
        }
        expect(simple.slice(0, 2)).toEqual(line.slice(0, 2));
        expect(simple.slice(-2)).toEqual(line.slice(-2));
      }),
    );
  });

  it("reduces a densely drawn circle to few points that enclose nearly the same area", () => {
    const circle = Array.from({ length: 400 }, (_, i) => i * (Math.PI / 200)).flatMap((a) => [
      50 + 30 * Math.cos(a),
      40 + 30 * Math.sin(a),
    ]);
    const simple = simplifyRing(circle, 0.5);
    expect(simple.length / 2).toBeLessThan(40);
    expect(Math.abs(signedArea(simple)) / Math.abs(signedArea(circle))).toBeGreaterThan(0.97);
  });

  it("thins for drawing without ever adding points", () => {
    fc.assert(
      fc.property(ring, fc.double({ min: 0, max: 10, noNaN: true }), (points, step) => {
        const thin = thinRing(points, step);
        expect(thin.length).toBeGreaterThanOrEqual(2);
        expect(thin.length).toBeLessThanOrEqual(points.length);
      }),
    );
  });
});

describe("the image's border", () => {
  it("holds every stored coordinate", () => {
    fc.assert(
      fc.property(ring, (points) => {
        const inside = clampedToImage([[points]], SIZE);
        if (!inside) return;
        const box = boxOf(inside);
        expect(box.minX).toBeGreaterThanOrEqual(0);
        expect(box.minY).toBeGreaterThanOrEqual(0);
        expect(box.maxX).toBeLessThanOrEqual(SIZE.width);
        expect(box.maxY).toBeLessThanOrEqual(SIZE.height);
        expect(vertexTotal(inside)).toBeGreaterThanOrEqual(3);
      }),
    );
  });

  it("refuses what lies outside altogether", () => {
    expect(clampedToImage([[[200, 10, 220, 10, 220, 30]]], SIZE)).toBeNull();
  });

  it("keeps the shape when an object is moved against it", () => {
    fc.assert(
      fc.property(star, coordinate, coordinate, (points, dx, dy) => {
        const moved = translatedInside([[points]], dx, dy, SIZE);
        expect(areaOf(moved)).toBeCloseTo(areaOf([[points]]), 6);
        const box = boxOf(moved);
        expect(box.minX).toBeGreaterThanOrEqual(-1e-9);
        expect(box.maxX).toBeLessThanOrEqual(SIZE.width + 1e-9);
      }),
    );
  });
});

describe("the camera", () => {
  const view = { width: 640, height: 480 };
  const camera = fc.record({
    scale: fc.double({ min: 0.5, max: 40, noNaN: true }),
    x: fc.double({ min: -300, max: 300, noNaN: true }),
    y: fc.double({ min: -300, max: 300, noNaN: true }),
  });

  it("goes to the screen and back", () => {
    fc.assert(
      fc.property(camera, coordinate, coordinate, (c, x, y) => {
        const back = toImage(c, toScreen(c, { x, y }));
        expect(back.x).toBeCloseTo(x, 6);
        expect(back.y).toBeCloseTo(y, 6);
      }),
    );
  });

  it("keeps the point under the pointer in place while it zooms", () => {
    const start = fit(SIZE, view);
    const at = { x: 300, y: 200 };
    const before = toImage(start, at);
    const after = toImage(zoomedAt(start, at, 1.7, SIZE, view), at);
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
  });

  it("never loses the image", () => {
    fc.assert(
      fc.property(
        camera,
        fc.integer({ min: -9999, max: 9999 }),
        fc.integer({ min: -9999, max: 9999 }),
        (c, dx, dy) => {
          const { x, y, scale } = panned(limited(c, SIZE, view), dx, dy, SIZE, view);
          expect(x).toBeLessThan(view.width);
          expect(y).toBeLessThan(view.height);
          expect(x + SIZE.width * scale).toBeGreaterThan(0);
          expect(y + SIZE.height * scale).toBeGreaterThan(0);
        },
      ),
    );
  });
});
