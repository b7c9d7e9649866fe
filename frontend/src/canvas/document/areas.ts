import { areaOutside, sharedArea, sliced, subtract, union } from "../geometry/boolean";
import { areaOf, boxesMeet, boxOf } from "../geometry/polygons";
import type { Polygons, Size } from "../geometry/types";
import { deleteInstances, replaceInstances, splitInstances, storable, type Action } from "./actions";
import { type Attributes, type Instance, newId } from "../model/document";

/** An edit of areas: what it does to the document, or why it cannot be. */
export type AreaEdit = { readonly action: Action } | { readonly refusal: string };

const NOTHING_LEFT = "That would leave nothing of the object. To remove it, delete it.";
const NOTHING_ADDED =
  "This lies inside the object already: nothing would be added. Reach over its border, or press Escape.";
const NOTHING_CUT = "This does not touch the object: nothing would be cut. Reach into it, or press Escape.";
/** Square pixels that no mask shows. */
const NOTHING = 1e-2;

function reshaped(instance: Instance, polygons: Polygons, size: Size): Instance | null {
  return storable({ ...instance, polygons }, size);
}

export function withAreaAdded(instance: Instance, area: Polygons, size: Size): AreaEdit {
  if (areaOutside(area, instance.polygons) < NOTHING) return { refusal: NOTHING_ADDED };
  const grown = reshaped(instance, union(instance.polygons, area), size);
  return grown ? { action: replaceInstances([grown]) } : { refusal: NOTHING_LEFT };
}

export function withAreaCut(instances: readonly Instance[], area: Polygons, size: Size): AreaEdit {
  const touched = instances.filter(({ polygons }) => sharedArea(polygons, area) >= NOTHING);
  if (touched.length === 0) return { refusal: NOTHING_CUT };
  const left = touched.map((each) => reshaped(each, subtract(each.polygons, area), size));
  return left.every((each) => each !== null) ? { action: replaceInstances(left) } : { refusal: NOTHING_LEFT };
}

/** One instance of all: the largest keeps its id, class and place; what is noted of any of them is noted of it. */
export function merged(instances: readonly Instance[], size: Size): AreaEdit {
  const [largest, ...others] = [...instances].sort((a, b) => areaOf(b.polygons) - areaOf(a.polygons));
  if (!largest || others.length === 0) return { refusal: "Select two objects or more to merge them." };
  const noted = { ...largest, ...attributesOfAll([largest, ...others]) };
  const whole = reshaped(noted, union(...instances.map(({ polygons }) => polygons)), size);
  if (!whole) return { refusal: NOTHING_LEFT };
  const gone = new Set(others.map(({ id }) => id));
  return { action: (document) => deleteInstances(gone)(replaceInstances([whole])(document)) };
}

function attributesOfAll(instances: readonly Instance[]): Attributes {
  const notes = new Set(instances.flatMap(({ note }) => note || []));
  return {
    ...(instances.some(({ occluded }) => occluded) ? { occluded: true } : {}),
    ...(instances.some(({ truncated }) => truncated) ? { truncated: true } : {}),
    ...(notes.size > 0 ? { note: [...notes].join("; ") } : {}),
  };
}

/** Cuts each of `instances` along the line where it crosses them from side to side; pieces become objects of their own. */
export function slicedAlong(instances: readonly Instance[], line: readonly number[], size: Size): AreaEdit {
  const pieces = new Map<string, Instance[]>();
  for (const instance of instances) {
    const stored = sliced(instance.polygons, line)?.flatMap((polygons, i) => {
      const piece = { ...instance, id: i === 0 ? instance.id : newId(), polygons };
      return storable(piece, size) ?? [];
    });
    if (stored && stored.length > 1) pieces.set(instance.id, stored);
  }
  return pieces.size > 0
    ? { action: splitInstances(pieces) }
    : { refusal: "The line divides nothing. Draw it from side to side across an object." };
}

/** Takes `over` out of those of `under` that it overlaps, so that they share a border. */
export function trimmedBy(under: readonly Instance[], over: readonly Instance[], size: Size): AreaEdit {
  const boxes = over.map(({ polygons }) => boxOf(polygons));
  const changed: Instance[] = [];
  for (const instance of under) {
    const box = boxOf(instance.polygons);
    const near = over.filter((_, i) => boxesMeet(box, boxes[i] as typeof box));
    if (near.length === 0) continue;
    const left = subtract(instance.polygons, union(...near.map(({ polygons }) => polygons)));
    if (Math.abs(areaOf(left) - areaOf(instance.polygons)) < 1e-6) continue;
    const stored = reshaped(instance, left, size);
    if (!stored) return { refusal: "An object lies wholly under another: nothing of it would be left." };
    changed.push(stored);
  }
  return changed.length > 0 ? { action: replaceInstances(changed) } : { refusal: "Nothing overlaps here." };
}
