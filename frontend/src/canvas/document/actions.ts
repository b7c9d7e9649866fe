import { crossingsOf } from "../geometry/crossings";
import { clampedToImage, ringAt, translatedInside, withoutRing, withRing } from "../geometry/polygons";
import {
  clampPoint,
  isRing,
  MIN_RING_POINTS,
  pointCount,
  withInsertedVertex,
  withoutVertex,
  withVertex,
} from "../geometry/ring";
import { simplifyRing } from "../geometry/simplify";
import type { Point, Polygons, Size, VertexRef } from "../geometry/types";
import { sameAttributes } from "./difference";
import type { AnnotationDocument, Attributes, Instance } from "../model/document";

/** An edit: old document → new document. The same document comes back when there is nothing to do. */
export type Action = (document: AnnotationDocument) => AnnotationDocument;

export function addInstance(instance: Instance): Action {
  return (document) => ({ instances: [...document.instances, instance] });
}

export function deleteInstances(ids: ReadonlySet<string>): Action {
  return (document) => {
    const left = document.instances.filter((instance) => !ids.has(instance.id));
    return left.length === document.instances.length ? document : { instances: left };
  };
}

/** Puts instances in the place of one: pieces of it, say, the first of which keeps its id. */
export function splitInstances(pieces: ReadonlyMap<string, readonly Instance[]>): Action {
  return (document) =>
    pieces.size === 0
      ? document
      : { instances: document.instances.flatMap((instance) => pieces.get(instance.id) ?? instance) };
}

/** On top of all others, or under them, in the order they have among themselves. */
export function moveInOrder(ids: ReadonlySet<string>, to: "front" | "back"): Action {
  return (document) => {
    const moved = document.instances.filter(({ id }) => ids.has(id));
    const others = document.instances.filter(({ id }) => !ids.has(id));
    const instances = to === "front" ? [...others, ...moved] : [...moved, ...others];
    return instances.every((instance, i) => instance === document.instances[i]) ? document : { instances };
  };
}

/** Puts changed instances in the place of those with the same ids. */
export function replaceInstances(changed: Iterable<Instance>): Action {
  const byId = new Map(Array.from(changed, (instance) => [instance.id, instance]));
  return (document) => mapInstances(document, (instance) => byId.get(instance.id) ?? instance);
}

/** `classId` null: they become ignore regions. */
export function setClass(ids: ReadonlySet<string>, classId: number | null): Action {
  return (document) =>
    mapInstances(document, (instance) =>
      ids.has(instance.id) && instance.class_id !== classId ? { ...instance, class_id: classId } : instance,
    );
}

/** Changes the attributes that are named; the others stay. */
export function setAttributes(ids: ReadonlySet<string>, attributes: Attributes): Action {
  return (document) =>
    mapInstances(document, (instance) => {
      if (!ids.has(instance.id)) return instance;
      const next = { ...instance, ...attributes };
      return sameAttributes(instance, next) ? instance : next;
    });
}

export function deleteVertex(id: string, ref: VertexRef): Action {
  return (document) => {
    const instance = document.instances.find((each) => each.id === id);
    if (!instance) return document;
    const polygons = polygonsWithoutVertex(instance.polygons, ref);
    if (polygons === instance.polygons) return document;
    return polygons
      ? replaceInstances([{ ...instance, polygons }])(document)
      : deleteInstances(new Set([id]))(document);
  };
}

function mapInstances(
  document: AnnotationDocument,
  map: (instance: Instance) => Instance,
): AnnotationDocument {
  const instances = document.instances.map(map);
  return instances.some((instance, i) => instance !== document.instances[i]) ? { instances } : document;
}

export function movedVertex(instance: Instance, ref: VertexRef, to: Point, size: Size): Instance {
  const ring = ringAt(instance.polygons, ref);
  if (!ring) return instance;
  return {
    ...instance,
    polygons: withRing(instance.polygons, ref, withVertex(ring, ref.index, clampPoint(to, size))),
  };
}

/** A new vertex on the edge that starts at `edge`. */
export function insertedVertex(instance: Instance, edge: VertexRef, at: Point, size: Size): Instance {
  const ring = ringAt(instance.polygons, edge);
  if (!ring) return instance;
  const next = withInsertedVertex(ring, edge.index, clampPoint(at, size));
  return { ...instance, polygons: withRing(instance.polygons, edge, next) };
}

/** A ring of three loses itself with its vertex, an outer ring its holes too; null when nothing is left. */
export function polygonsWithoutVertex(polygons: Polygons, ref: VertexRef): Polygons | null {
  const ring = ringAt(polygons, ref);
  if (!ring) return polygons;
  if (pointCount(ring) <= MIN_RING_POINTS) return withoutRing(polygons, ref);
  return withRing(polygons, ref, withoutVertex(ring, ref.index));
}

export function translatedInstance(instance: Instance, dx: number, dy: number, size: Size): Instance {
  const polygons = translatedInside(instance.polygons, dx, dy, size);
  return polygons === instance.polygons ? instance : { ...instance, polygons };
}

/** Every ring with fewer points, none of the old ones further than `tolerance` (image pixels) from it. */
export function simplifiedInstance(instance: Instance, tolerance: number): Instance {
  const polygons = instance.polygons.map((polygon) =>
    polygon.map((ring) => {
      const simpler = simplifyRing(ring, tolerance);
      // A sliver may collapse, and an edge come to cross another: such a ring stays as it is.
      const isSound = isRing(simpler) && crossingsOf(simpler).length <= crossingsOf(ring).length;
      return simpler.length < ring.length && isSound ? simpler : ring;
    }),
  );
  return { ...instance, polygons };
}

/** The server keeps 1/10,000 px; what is sent in that grain comes back as it went. */
const GRAIN = 10_000;

/** The instance as it may be stored: inside the image, no empty rings. Null when nothing is left of it. */
export function storable(instance: Instance, size: Size): Instance | null {
  const grained = instance.polygons.map((polygon) =>
    polygon.map((ring) => ring.map((value) => Math.round(value * GRAIN) / GRAIN)),
  );
  const polygons = clampedToImage(grained, size);
  return polygons ? { ...instance, polygons } : null;
}
