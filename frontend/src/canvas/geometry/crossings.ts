/** Outlines that cross themselves: where, and what they can become instead. */
import { evenOdd, filled, iouOf, subtract } from "./boolean";
import { areaOf } from "./polygons";
import { pointAt, pointCount, signedArea, withoutRepeats } from "./ring";
import type { Point, Polygons, Ring } from "./types";

/** Two edges cross; an edge is named by the vertex that it starts at. */
export type Crossing = { readonly at: Point; readonly edges: readonly [number, number] };

type Edge = { readonly index: number; readonly a: Point; readonly b: Point; readonly minX: number };

/** Twice the area of the triangle a, b, c: its sign says on which side of a–b c lies. */
function side(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/** Where two edges cross properly: each has an end on either side of the other. Edges that touch do not cross. */
function crossing({ a, b }: Edge, { a: c, b: d }: Edge): Point | null {
  const [c1, d1] = [side(a, b, c), side(a, b, d)];
  if (c1 === 0 || d1 === 0 || c1 > 0 === d1 > 0) return null;
  const [a1, b1] = [side(c, d, a), side(c, d, b)];
  if (a1 === 0 || b1 === 0 || a1 > 0 === b1 > 0) return null;
  const t = a1 / (a1 - b1);
  return { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) };
}

function edgesOf(points: readonly number[], isClosed: boolean): Edge[] {
  const n = pointCount(points);
  return Array.from({ length: isClosed ? n : n - 1 }, (_, index) => {
    const [a, b] = [pointAt(points, index), pointAt(points, (index + 1) % n)];
    return { index, a, b, minX: Math.min(a.x, b.x) };
  });
}

/** Every place where a ring, or an open line, crosses itself (a sweep from left to right). */
export function crossingsOf(points: readonly number[], isClosed = true): Crossing[] {
  if (pointCount(points) < 4) return [];
  const edges = edgesOf(points, isClosed).sort((p, q) => p.minX - q.minX);
  const found: Crossing[] = [];
  let open: Edge[] = [];
  for (const edge of edges) {
    open = open.filter(({ a, b }) => Math.max(a.x, b.x) >= edge.minX);
    const [low, high] = [Math.min(edge.a.y, edge.b.y), Math.max(edge.a.y, edge.b.y)];
    for (const other of open) {
      if (Math.max(other.a.y, other.b.y) < low || Math.min(other.a.y, other.b.y) > high) continue;
      const at = crossing(other, edge);
      if (at)
        found.push({ at, edges: [Math.min(other.index, edge.index), Math.max(other.index, edge.index)] });
    }
    open.push(edge);
  }
  return found;
}

/** What an outline that crosses itself can become. */
export type Repair = {
  /** All that it goes round. */
  readonly outer: Polygons;
  /** What it encloses once, and not what it encloses twice: as it would be trained on if it stayed as it is. */
  readonly parts: Polygons;
  /** Its loops turn against each other, as in a bow tie or an eight: there is one way only. */
  readonly isBowTie: boolean;
};

/** Square pixels to each pixel of border that rounding to the grain may make of nothing. */
const SLACK = 1e-3;

/** Null where a ring crosses itself nowhere: neither with edges nor through one of its own points. */
export function repairOf(ring: Ring): Repair | null {
  if (crossingsOf(ring).length === 0 && !coversTwice(ring)) return null;
  const parts = evenOdd(ring);
  const outer = filled(ring).map((polygon) => polygon.slice(0, 1));
  return { outer, parts, isBowTie: iouOf(outer, parts) > 1 - 1e-6 };
}

/** A ring that goes through one of its own points may lie on both sides of itself without edges that cross. */
function coversTwice(ring: Ring): boolean {
  if (!repeatsPoint(ring)) return false;
  let border = 0;
  for (let i = 0, n = pointCount(ring); i < n; i++) {
    const [a, b] = [pointAt(ring, i), pointAt(ring, (i + 1) % n)];
    border += Math.hypot(a.x - b.x, a.y - b.y);
  }
  return Math.abs(Math.abs(signedArea(ring)) - areaOf(evenOdd(ring))) > SLACK * border;
}

function repeatsPoint(ring: Ring): boolean {
  const points = withoutRepeats(ring);
  const seen = new Set<string>();
  for (let i = 0; i < points.length; i += 2) seen.add(`${points[i]} ${points[i + 1]}`);
  return seen.size < pointCount(points);
}

/** The same polygons with every ring that crosses itself repaired by its outer contour; the same object when none does. */
export function mendedPolygons(polygons: Polygons, way: "outer" | "parts" = "outer"): Polygons {
  const mended = polygons.map((polygon) => {
    const repairs = polygon.map(repairOf);
    if (repairs.every((repair) => repair === null)) return null;
    const [outer = [], ...holes] = polygon.map((ring, i) => repairs[i]?.[way] ?? [[ring]]);
    return { outer, holes: holes.flat() };
  });
  if (mended.every((each) => each === null)) return polygons;
  return polygons.flatMap((polygon, i) => {
    const each = mended[i];
    return each ? without(each.outer, each.holes) : [polygon];
  });
}

function without(outer: Polygons, holes: Polygons): Polygons {
  return holes.length === 0 ? outer : subtract(outer, holes);
}

const known = new WeakMap<Polygons, boolean>();

/** Whether any ring crosses itself; worked out once for the same polygons. */
export function crossesItself(polygons: Polygons): boolean {
  let crosses = known.get(polygons);
  if (crosses === undefined) {
    crosses = polygons.some((polygon) => polygon.some((ring) => repairOf(ring) !== null));
    known.set(polygons, crosses);
  }
  return crosses;
}
