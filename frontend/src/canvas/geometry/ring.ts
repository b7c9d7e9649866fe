import type { Box, Point, Ring, Size } from "./types";

export const MIN_RING_POINTS = 3;

export function pointCount(ring: Ring): number {
  return ring.length / 2;
}

export function pointAt(ring: Ring, index: number): Point {
  return { x: ring[index * 2] as number, y: ring[index * 2 + 1] as number };
}

/** Twice-summed shoelace: positive when the ring runs clockwise on screen (y down). */
export function signedArea(ring: Ring): number {
  let sum = 0;
  const n = ring.length;
  for (let i = 0, j = n - 2; i < n; j = i, i += 2) {
    sum += (ring[j] as number) * (ring[i + 1] as number) - (ring[i] as number) * (ring[j + 1] as number);
  }
  return sum / 2;
}

export function boxOfRing(ring: Ring): Box {
  let minX = Infinity;
  let minY = Infinity;
  let maxX = -Infinity;
  let maxY = -Infinity;
  for (let i = 0; i < ring.length; i += 2) {
    const x = ring[i] as number;
    const y = ring[i + 1] as number;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  return { minX, minY, maxX, maxY };
}

/** How many times a ray to the right of the point crosses the ring, modulo two (the even-odd rule). */
export function crossesOddly(ring: Ring, { x, y }: Point): boolean {
  let odd = false;
  const n = ring.length;
  for (let i = 0, j = n - 2; i < n; j = i, i += 2) {
    const yi = ring[i + 1] as number;
    const yj = ring[j + 1] as number;
    if (yi > y === yj > y) continue;
    const xi = ring[i] as number;
    const xj = ring[j] as number;
    if (x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export type Projection = { point: Point; distance: number };

/** The point of segment a–b that is nearest to p. */
export function projectOnSegment(p: Point, a: Point, b: Point): Projection {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const lengthSquared = dx * dx + dy * dy;
  const t = lengthSquared === 0 ? 0 : ((p.x - a.x) * dx + (p.y - a.y) * dy) / lengthSquared;
  const clamped = Math.max(0, Math.min(1, t));
  const point = { x: a.x + clamped * dx, y: a.y + clamped * dy };
  return { point, distance: distance(p, point) };
}

export type NearestVertex = { index: number; distance: number };

export function nearestVertex(ring: Ring, p: Point): NearestVertex {
  let best: NearestVertex = { index: -1, distance: Infinity };
  for (let i = 0; i < ring.length; i += 2) {
    const d = Math.hypot((ring[i] as number) - p.x, (ring[i + 1] as number) - p.y);
    if (d < best.distance) best = { index: i / 2, distance: d };
  }
  return best;
}

/** The edge that starts at vertex `index`, and where on it the nearest point lies. */
export type NearestEdge = { index: number; point: Point; distance: number };

export function nearestEdge(ring: Ring, p: Point): NearestEdge {
  let best: NearestEdge = { index: -1, point: p, distance: Infinity };
  const n = pointCount(ring);
  for (let i = 0; i < n; i++) {
    const hit = projectOnSegment(p, pointAt(ring, i), pointAt(ring, (i + 1) % n));
    if (hit.distance < best.distance) best = { index: i, ...hit };
  }
  return best;
}

export function clampPoint(p: Point, { width, height }: Size): Point {
  return { x: Math.max(0, Math.min(width, p.x)), y: Math.max(0, Math.min(height, p.y)) };
}

export function withVertex(ring: Ring, index: number, p: Point): Ring {
  const next = ring.slice();
  next[index * 2] = p.x;
  next[index * 2 + 1] = p.y;
  return next;
}

/** Puts a vertex between `edge` and the one after it. */
export function withInsertedVertex(ring: Ring, edge: number, p: Point): Ring {
  const at = (edge + 1) * 2;
  return [...ring.slice(0, at), p.x, p.y, ...ring.slice(at)];
}

export function withoutVertex(ring: Ring, index: number): Ring {
  return [...ring.slice(0, index * 2), ...ring.slice(index * 2 + 2)];
}

export function translated(ring: Ring, dx: number, dy: number): Ring {
  return ring.map((value, i) => value + (i % 2 === 0 ? dx : dy));
}

/** The same points in the other order. */
export function reversed(flat: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = flat.length - 2; i >= 0; i -= 2) out.push(flat[i] as number, flat[i + 1] as number);
  return out;
}

/** A line goes on along a path, inside the image where one is given, by points that lie at least `step` from the one before. */
export function goOn(line: number[], path: readonly Point[], step: number, image?: Size): void {
  for (const each of path) {
    const { x, y } = image ? clampPoint(each, image) : each;
    const away = Math.hypot(x - (line.at(-2) as number), y - (line.at(-1) as number));
    if (away >= step) line.push(x, y);
  }
}

/** Drops points that repeat the one before (and a last one that repeats the first). */
export function withoutRepeats(ring: Ring, epsilon = 1e-6): Ring {
  const out: number[] = [];
  for (let i = 0; i < ring.length; i += 2) {
    const x = ring[i] as number;
    const y = ring[i + 1] as number;
    const n = out.length;
    if (n >= 2 && Math.hypot(x - (out[n - 2] as number), y - (out[n - 1] as number)) <= epsilon) continue;
    out.push(x, y);
  }
  while (
    out.length > 2 &&
    Math.hypot((out[0] as number) - (out.at(-2) as number), (out[1] as number) - (out.at(-1) as number)) <=
      epsilon
  ) {
    out.length -= 2;
  }
  return out;
}

/** A ring that encloses something: three different points and an area that is not nothing. */
export function isRing(ring: Ring, minArea = 1e-3): boolean {
  return withoutRepeats(ring).length >= MIN_RING_POINTS * 2 && Math.abs(signedArea(ring)) >= minArea;
}
