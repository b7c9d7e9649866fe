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
  const candidates = scene
    .search(grownBox({ minX: p.x, minY: p.y, maxX: p.x, maxY: p.y }, tolerance))
    .filter((item) => isVisible(item.id));
  let inside: SceneItem | null = null;
  for (const item of candidates) {
    if (contains(item.instance.polygons, p) && (!inside || item.area <= inside.area)) inside = item;
  }
  if (inside) return inside;
  let nearest: SceneItem | null = null;
  let best = tolerance;
  for (const item of candidates) {
    for (const polygon of item.instance.polygons) {
      for (const ring of polygon) {
        const { distance } = nearestEdge(ring, p);
        if (distance <= best) {
          best = distance;
          nearest = item;
        }
      }
    }
  }
  return nearest;
}
