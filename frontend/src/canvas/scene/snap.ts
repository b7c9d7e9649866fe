import { boxOf, boxesMeet, grownBox } from "../geometry/polygons";
import { distance, nearestEdge, nearestVertex, pointAt, pointCount, reversed } from "../geometry/ring";
import type { Point, Ring } from "../geometry/types";
import type { Scene } from "./scene";

type Filter = (id: string) => boolean;

function ringsNear(scene: Scene, p: Point, tolerance: number, isWanted: Filter): Ring[] {
  const box = grownBox({ minX: p.x, minY: p.y, maxX: p.x, maxY: p.y }, tolerance);
  return scene
    .search(box)
    .filter(({ id }) => isWanted(id))
    .flatMap(({ instance }) => instance.polygons.filter((polygon) => boxesMeet(box, boxOf([polygon]))))
    .flat();
}

/** The nearest vertex within `tolerance` image pixels, else the nearest point of an edge, else null. */
export function snapTo(scene: Scene, p: Point, tolerance: number, isWanted: Filter): Point | null {
  let vertex: Point | null = null;
  let edge: Point | null = null;
  let toVertex = tolerance;
  let toEdge = tolerance;
  for (const ring of ringsNear(scene, p, tolerance, isWanted)) {
    const v = nearestVertex(ring, p);
    if (v.distance <= toVertex) {
      vertex = pointAt(ring, v.index);
      toVertex = v.distance;
    }
    const e = nearestEdge(ring, p);
    if (e.distance <= toEdge) {
      edge = e.point;
      toEdge = e.distance;
    }
  }
  return vertex ?? edge;
}

/** Points that were snapped lie on the ring but for rounding. */
const ON_RING = 0.01;

/**
 * The vertices between two points of one object's border, flat, without the points themselves: the shorter way round,
 * or the longer. Null when they do not lie on one border.
 */
export function alongBorder(
  scene: Scene,
  from: Point,
  to: Point,
  isWanted: Filter,
  takesLonger = false,
): number[] | null {
  for (const ring of ringsNear(scene, from, ON_RING, isWanted)) {
    const start = nearestEdge(ring, from);
    const end = nearestEdge(ring, to);
    if (start.distance > ON_RING || end.distance > ON_RING) continue;
    const forth = walk(ring, from, start.index, to, end.index);
    const back = reversed(walk(ring, to, end.index, from, start.index));
    const isShorter = lengthOf(from, forth, to) <= lengthOf(from, back, to);
    return isShorter === !takesLonger ? forth : back;
  }
  return null;
}

/** Vertices passed from a point on edge `i` to one on edge `j`, in the ring's direction. */
function walk(ring: Ring, from: Point, i: number, to: Point, j: number): number[] {
  const n = pointCount(ring);
  const isAhead = i === j && distance(pointAt(ring, i), from) <= distance(pointAt(ring, i), to);
  const steps = isAhead ? 0 : (j - i + n) % n || n;
  const passed: number[] = [];
  for (let k = 1; k <= steps; k++) {
    const vertex = pointAt(ring, (i + k) % n);
    if (distance(vertex, from) > ON_RING && distance(vertex, to) > ON_RING) passed.push(vertex.x, vertex.y);
  }
  return passed;
}

function lengthOf(from: Point, between: readonly number[], to: Point): number {
  const line = [from.x, from.y, ...between, to.x, to.y];
  let length = 0;
  for (let i = 2; i < line.length; i += 2) {
    length += Math.hypot(
      (line[i] as number) - (line[i - 2] as number),
      (line[i + 1] as number) - (line[i - 1] as number),
    );
  }
  return length;
}
