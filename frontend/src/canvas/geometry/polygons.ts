import {
  boxOfRing,
  crossesOddly,
  isRing,
  pointAt,
  pointCount,
  signedArea,
  translated,
  withoutRepeats,
} from "./ring";
import type { Box, Point, Polygons, Ring, Size, VertexRef } from "./types";

export function boxOf(polygons: Polygons): Box {
  let box: Box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const polygon of polygons) {
    const outer = polygon[0];
    if (outer) box = unionOfBoxes(box, boxOfRing(outer));
  }
  return box;
}

export function unionOfBoxes(a: Box, b: Box): Box {
  return {
    minX: Math.min(a.minX, b.minX),
    minY: Math.min(a.minY, b.minY),
    maxX: Math.max(a.maxX, b.maxX),
    maxY: Math.max(a.maxY, b.maxY),
  };
}

export function boxesMeet(a: Box, b: Box): boolean {
  return a.minX <= b.maxX && b.minX <= a.maxX && a.minY <= b.maxY && b.minY <= a.maxY;
}

export function grownBox(box: Box, by: number): Box {
  return { minX: box.minX - by, minY: box.minY - by, maxX: box.maxX + by, maxY: box.maxY + by };
}

/** Inside any part, by the even-odd rule within a part: holes are outside. */
export function contains(polygons: Polygons, p: Point): boolean {
  return polygons.some((polygon) => {
    let odd = false;
    for (const ring of polygon) if (crossesOddly(ring, p)) odd = !odd;
    return odd;
  });
}

/** Whether any of the area lies in a box: a part inside it, a border that crosses it, or the box wholly inside. */
export function meetsBox(polygons: Polygons, box: Box): boolean {
  if (!boxesMeet(boxOf(polygons), box)) return false;
  if (contains(polygons, { x: box.minX, y: box.minY })) return true;
  return polygons.some((polygon) => polygon.some((ring) => crossesBox(ring, box)));
}

/** Whether an edge of a ring touches a box (Liang and Barsky's clipping). */
function crossesBox(ring: Ring, box: Box): boolean {
  const n = pointCount(ring);
  for (let i = 0; i < n; i++) {
    const a = pointAt(ring, i);
    const b = pointAt(ring, (i + 1) % n);
    const dx = b.x - a.x;
    const dy = b.y - a.y;
    let from = 0;
    let to = 1;
    const clips = (step: number, room: number): boolean => {
      if (step === 0) return room >= 0;
      if (step < 0) from = Math.max(from, room / step);
      else to = Math.min(to, room / step);
      return from <= to;
    };
    const isInside =
      clips(-dx, a.x - box.minX) &&
      clips(dx, box.maxX - a.x) &&
      clips(-dy, a.y - box.minY) &&
      clips(dy, box.maxY - a.y);
    if (isInside) return true;
  }
  return false;
}

/** Area in square pixels: outer rings less their holes. */
export function areaOf(polygons: Polygons): number {
  let area = 0;
  for (const polygon of polygons) {
    polygon.forEach((ring, i) => {
      area += (i === 0 ? 1 : -1) * Math.abs(signedArea(ring));
    });
  }
  return area;
}

export function vertexTotal(polygons: Polygons): number {
  return polygons.reduce((sum, polygon) => sum + polygon.reduce((n, ring) => n + pointCount(ring), 0), 0);
}

export function ringAt(polygons: Polygons, ref: Pick<VertexRef, "part" | "ring">): Ring | undefined {
  return polygons[ref.part]?.[ref.ring];
}

/** The same polygons with one ring replaced; everything else keeps its reference. */
export function withRing(polygons: Polygons, ref: Pick<VertexRef, "part" | "ring">, ring: Ring): Polygons {
  return polygons.map((polygon, p) =>
    p === ref.part ? polygon.map((old, r) => (r === ref.ring ? ring : old)) : polygon,
  );
}

/** Without one ring; an outer ring takes its holes with it. Null when nothing is left. */
export function withoutRing(polygons: Polygons, ref: Pick<VertexRef, "part" | "ring">): Polygons | null {
  const left =
    ref.ring === 0
      ? polygons.filter((_, p) => p !== ref.part)
      : polygons.map((polygon, p) => (p === ref.part ? polygon.filter((_, r) => r !== ref.ring) : polygon));
  return left.length > 0 ? left : null;
}

/** Moves everything by (dx, dy), but no further than the image's border allows. */
export function translatedInside(polygons: Polygons, dx: number, dy: number, size: Size): Polygons {
  const box = boxOf(polygons);
  const x = limited(dx, -box.minX, size.width - box.maxX);
  const y = limited(dy, -box.minY, size.height - box.maxY);
  if (x === 0 && y === 0) return polygons;
  return polygons.map((polygon) => polygon.map((ring) => translated(ring, x, y)));
}

/** An object that already sticks out may come back in but not go further out. */
function limited(delta: number, lowest: number, highest: number): number {
  return Math.max(Math.min(0, lowest), Math.min(Math.max(0, highest), delta));
}

/** Every coordinate inside the image, repeated points dropped, rings that enclose nothing dropped. Null: nothing left. */
export function clampedToImage(polygons: Polygons, { width, height }: Size): Polygons | null {
  const parts: Ring[][] = [];
  for (const polygon of polygons) {
    const rings = polygon.map((ring) =>
      withoutRepeats(ring.map((value, i) => Math.max(0, Math.min(i % 2 === 0 ? width : height, value)))),
    );
    const outer = rings[0];
    if (!outer || !isRing(outer)) continue;
    parts.push([outer, ...rings.slice(1).filter((hole) => isRing(hole))]);
  }
  return parts.length > 0 ? parts : null;
}
