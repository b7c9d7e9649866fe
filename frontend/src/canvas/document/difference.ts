import type { AnnotationDocument, Attributes, Instance } from "../model/document";

/** What turns one document into another: found by comparing references, so it costs little however many objects there are. */
export type Difference = {
  readonly upsert: readonly Instance[];
  readonly delete: readonly string[];
  /** The whole order, bottom to top, only where `upsert` and `delete` alone would not give it. */
  readonly order?: readonly string[];
};

const NO_DIFFERENCE: Difference = { upsert: [], delete: [] };

export function isEmpty(difference: Difference): boolean {
  return difference.upsert.length === 0 && difference.delete.length === 0 && difference.order === undefined;
}

export function differenceBetween(from: AnnotationDocument, to: AnnotationDocument): Difference {
  const a = from.instances;
  const b = to.instances;
  if (a === b) return NO_DIFFERENCE;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const before = new Map(a.slice(start, endA).map((instance) => [instance.id, instance]));
  const after = b.slice(start, endB);
  const upsert: Instance[] = [];
  const kept = new Set<string>();
  for (const instance of after) {
    const old = before.get(instance.id);
    if (old) kept.add(instance.id);
    if (!old || !sameInstance(old, instance)) upsert.push(instance);
  }
  const gone = [...before.keys()].filter((id) => !kept.has(id));
  const difference: Difference = { upsert, delete: gone };
  const added = after.flatMap(({ id }) => (before.has(id) ? [] : [id]));
  // What is equal at both ends stays in its order: only what lies between has to be looked at, and whether what is new
  // lies on top of all.
  const given = [...[...before.keys()].filter((id) => kept.has(id)), ...added];
  const isOnTop = added.length === 0 || endB === b.length;
  const asWanted = isOnTop && after.every(({ id }, i) => given[i] === id);
  return asWanted ? difference : { ...difference, order: b.map((instance) => instance.id) };
}

/** A difference, and what it changes or deletes as that was before. */
export function changeBetween(
  from: AnnotationDocument,
  to: AnnotationDocument,
): { readonly difference: Difference; readonly before: readonly Instance[] } {
  const difference = differenceBetween(from, to);
  if (difference.upsert.length === 0 && difference.delete.length === 0) return { difference, before: [] };
  const ids = new Set([...difference.delete, ...difference.upsert.map(({ id }) => id)]);
  const [a, b] = [from.instances, to.instances];
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  return { difference, before: a.slice(start, endA).filter(({ id }) => ids.has(id)) };
}

/** The order that the server gives: what stays keeps its place, what is new goes on top. */
function orderAfter(from: AnnotationDocument, difference: Difference): string[] {
  const gone = new Set(difference.delete);
  const known = new Set<string>();
  const order: string[] = [];
  for (const { id } of from.instances) {
    known.add(id);
    if (!gone.has(id)) order.push(id);
  }
  for (const { id } of difference.upsert) if (!known.has(id)) order.push(id);
  return order;
}

export function applyDifference(document: AnnotationDocument, difference: Difference): AnnotationDocument {
  if (isEmpty(difference)) return document;
  const byId = new Map(document.instances.map((instance) => [instance.id, instance]));
  for (const instance of difference.upsert) byId.set(instance.id, instance);
  for (const id of difference.delete) byId.delete(id);
  const order = difference.order ?? orderAfter(document, difference);
  const instances: Instance[] = [];
  for (const id of order) {
    const instance = byId.get(id);
    if (instance) instances.push(instance);
    byId.delete(id);
  }
  // An order made before somebody else added objects does not name them: they stay, on top.
  return { instances: [...instances, ...byId.values()] };
}

export function sameInstance(a: Instance, b: Instance): boolean {
  return (
    a === b || (a.class_id === b.class_id && sameAttributes(a, b) && samePolygons(a.polygons, b.polygons))
  );
}

/** What is absent is false, or no note. */
export function sameAttributes(a: Attributes, b: Attributes): boolean {
  return (
    (a.occluded ?? false) === (b.occluded ?? false) &&
    (a.truncated ?? false) === (b.truncated ?? false) &&
    (a.note ?? "") === (b.note ?? "") &&
    (a.is_box ?? false) === (b.is_box ?? false)
  );
}

function samePolygons(a: Instance["polygons"], b: Instance["polygons"]): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every((polygon, p) => {
      const other = b[p];
      return (
        polygon === other ||
        (polygon.length === other?.length &&
          polygon.every((ring, r) => {
            const twin = other[r];
            return (
              ring === twin || (ring.length === twin?.length && ring.every((value, i) => value === twin[i]))
            );
          }))
      );
    })
  );
}
