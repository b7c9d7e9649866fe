import { contains, grownBox } from "../geometry/polygons";
import { nearestEdge, nearestVertex } from "../geometry/ring";
import type { Point, Polygons, Ring, VertexRef } from "../geometry/types";
import type { Scene, SceneItem } from "./scene";

export type HandleHit =
  | { readonly kind: "vertex"; readonly ref: VertexRef }
  | { readonly kind: "edge"; readonly ref: VertexRef; readonly point: Point };

/** Vertex before edge; both within `tolerance` image pixels. */
export function hitHandle(polygons: Polygons, p: Point, tolerance: number): HandleHit | null {
  const rings = polygons.flatMap((polygon, part) => polygon.map((points, ring) => ({ points, part, ring })));
  const nearest = <Near extends { index: number; distance: number }>(
    near: (points: Ring, p: Point) => Near,
  ) =>
    rings
      .map(({ points, part, ring }) => ({ ...near(points, p), part, ring }))
      .filter(({ distance }) => distance <= tolerance)
      .sort((a, b) => a.distance - b.distance)[0];
  const vertex = nearest(nearestVertex);
  if (vertex) return { kind: "vertex", ref: refOf(vertex) };
  const edge = nearest(nearestEdge);
  return edge ? { kind: "edge", ref: refOf(edge), point: edge.point } : null;
}

function refOf({ part, ring, index }: VertexRef): VertexRef {
  return { part, ring, index };
}

/**
 * The object at a point: of those that contain it the smallest, so that nothing can be buried out of reach under
 * something larger; else the nearest outline within `tolerance` image pixels (thin objects).
 */
export function hitBody(
  scene: Scene,
  p: Point,
  tolerance: number,
  isVisible: (id: string) => boolean = () => true,
): SceneItem | null {
  return bodiesAt(scene, p, tolerance, isVisible)[0] ?? null;
}

/** Every object at a point, the one that `hitBody` picks first; outlines close by only where none contains it. */
export function bodiesAt(
  scene: Scene,
  p: Point,
  tolerance: number,
  isVisible: (id: string) => boolean = () => true,
): SceneItem[] {
  const candidates = scene
    .search(grownBox({ minX: p.x, minY: p.y, maxX: p.x, maxY: p.y }, tolerance))
    .filter((item) => isVisible(item.id));
  const inside = candidates.filter((item) => contains(item.instance.polygons, p));
  if (inside.length > 0) return inside.sort((a, b) => a.area - b.area || b.order - a.order);
  return candidates
    .map((item) => ({ item, away: distanceTo(item, p) }))
    .filter(({ away }) => away <= tolerance)
    .sort((a, b) => a.away - b.away || b.item.order - a.item.order)
    .map(({ item }) => item);
}

function distanceTo({ instance }: SceneItem, p: Point): number {
  return Math.min(...instance.polygons.flat().map((ring) => nearestEdge(ring, p).distance));
}
