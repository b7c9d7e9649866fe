import { contains, grownBox } from "../geometry/polygons";
import { nearestEdge, nearestVertex } from "../geometry/ring";
import type { Point, Polygons, VertexRef } from "../geometry/types";
import type { Scene, SceneItem } from "./scene";

export type HandleHit =
  | { readonly kind: "vertex"; readonly ref: VertexRef }
  | { readonly kind: "edge"; readonly ref: VertexRef; readonly point: Point };

/** Vertex before edge; both within `tolerance` image pixels. */
export function hitHandle(polygons: Polygons, p: Point, tolerance: number): HandleHit | null {
  let vertex: { ref: VertexRef; distance: number } | null = null;
  let edge: { ref: VertexRef; point: Point; distance: number } | null = null;
  polygons.forEach((polygon, part) =>
    polygon.forEach((points, ring) => {
      const v = nearestVertex(points, p);
      if (v.distance <= tolerance && v.distance < (vertex?.distance ?? Infinity)) {
        vertex = { ref: { part, ring, index: v.index }, distance: v.distance };
      }
      const e = nearestEdge(points, p);
      if (e.distance <= tolerance && e.distance < (edge?.distance ?? Infinity)) {
        edge = { ref: { part, ring, index: e.index }, point: e.point, distance: e.distance };
      }
    }),
  );
  if (vertex) return { kind: "vertex", ref: (vertex as { ref: VertexRef }).ref };
  if (edge) {
    const { ref, point } = edge as { ref: VertexRef; point: Point };
    return { kind: "edge", ref, point };
  }
  return null;
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
