/** Where comments are. Pure. */
import type { Comment, DatasetClass } from "@/api/types";
import type { CommentPlace } from "@/api/comments";
import { type AnnotationDocument, type Instance, instanceById } from "@/canvas/model/document";
import { boxOf, contains, grownBox, unionOfBoxes } from "@/canvas/geometry/polygons";
import type { Box, Point, Size } from "@/canvas/geometry/types";

/** Of the image's longer side, how much is shown around a pin at least. */
const AROUND = 0.12;

/** Image pixels of its pin; null when it is about the whole image. One about an object alone is at its top. */
export function placeOf(comment: CommentPlace, document: AnnotationDocument): Point | null {
  const { x, y, instance_id } = comment;
  if (x !== null && y !== null) return { x, y };
  const instance = instance_id === null ? undefined : instanceById(document, instance_id);
  return instance ? topOf(instance) : null;
}

/** The highest point of an object: a pin there covers little of it. */
function topOf({ polygons }: Instance): Point {
  let top: Point = { x: 0, y: Infinity };
  for (const ring of polygons.flat())
    for (let i = 0; i < ring.length; i += 2) {
      const y = ring[i + 1] as number;
      if (y < top.y) top = { x: ring[i] as number, y };
    }
  return top;
}

/** What to show of the image so that a comment is understood: its place, and the object that it is about. */
export function boxAround(comment: CommentPlace, document: AnnotationDocument, size: Size): Box | null {
  const place = placeOf(comment, document);
  if (!place) return null;
  const point = { minX: place.x, minY: place.y, maxX: place.x, maxY: place.y };
  const box = grownBox(point, AROUND * Math.max(size.width, size.height));
  const instance = comment.instance_id === null ? undefined : instanceById(document, comment.instance_id);
  return instance ? unionOfBoxes(box, boxOf(instance.polygons)) : box;
}

/** A place that was pointed at: on the selected object it is about that. Null outside the image. */
export function pinAt(at: Point, selected: Instance | null, size: Size): CommentPlace | null {
  const isInside = at.x >= 0 && at.y >= 0 && at.x <= size.width && at.y <= size.height;
  if (!isInside) return null;
  const isOnSelected = selected !== null && contains(selected.polygons, at);
  return { x: at.x, y: at.y, instance_id: isOnSelected ? selected.id : null };
}

/** About an object, pinned to its top. */
export function pinOn(instance: Instance): CommentPlace {
  return { ...topOf(instance), instance_id: instance.id };
}

export const WHOLE_IMAGE: CommentPlace = { x: null, y: null, instance_id: null };

/** What a comment is about besides its place, in words: "about cat", "about an object that was deleted", "". */
export function describeSubject(
  { x, instance_id }: CommentPlace,
  document: AnnotationDocument,
  classNames: ReadonlyMap<number, Pick<DatasetClass, "name">>,
): string {
  if (instance_id === null) return x === null ? "about the whole image" : "";
  const instance = instanceById(document, instance_id);
  if (!instance) return "about an object that was deleted";
  return `about ${nameOf(classNames, instance.class_id)}`;
}

export function isOpen(comment: Comment): boolean {
  return comment.resolved_at === null;
}

function nameOf(classNames: ReadonlyMap<number, Pick<DatasetClass, "name">>, classId: number | null): string {
  return classId === null ? "an ignore region" : (classNames.get(classId)?.name ?? "an object");
}
