/** What can be done with whole objects: attributes, shape, order. */
import {
  deleteInstances,
  deleteVertex,
  moveInOrder,
  polygonsWithoutVertex,
  replaceInstances,
  setAttributes,
  setClass,
  simplifiedInstance,
  translatedInstance,
} from "../document/actions";
import { merged, trimmedBy } from "../document/areas";
import { iouOf } from "../geometry/boolean";
import { boxOf, ringAt, unionOfBoxes, vertexTotal } from "../geometry/polygons";
import { MIN_RING_POINTS, pointCount } from "../geometry/ring";
import { formatIou } from "../geometry/strokes";
import type { VertexRef } from "../geometry/types";
import type { Attributes, Instance } from "../model/document";
import type { Stage } from "../stage/stage";
import { visibleIn } from "./selecting";

type Ids = ReadonlySet<string>;

export function deleteObjects({ edits, selection }: Stage, ids: Ids): void {
  const free = selection.unlocked(ids);
  edits.apply(free.size === 1 ? "Delete object" : `Delete ${free.size} objects`, deleteInstances(free));
}

/** The selected vertex, else the selected objects. */
export function deleteSelected(stage: Stage): void {
  const { edits, pointing, selection } = stage;
  const { single } = selection;
  const ref = pointing.activeVertex;
  if (!single || !ref) return selection.ids.size > 0 ? deleteObjects(stage, selection.ids) : undefined;
  pointing.activeVertex = null;
  const left = polygonsWithoutVertex(single.polygons, ref);
  // The edge that closes the gap may cross others.
  if (!left) return edits.apply("Delete vertex", deleteVertex(single.id, ref));
  edits.hold([{ ...single, polygons: left }]);
  edits.releaseMended("Delete vertex");
}

export function setClassOf({ edits, selection }: Stage, ids: Ids, classId: number | null): void {
  edits.apply(
    classId === null ? "Turn into ignore region" : "Change class",
    setClass(selection.unlocked(ids), classId),
  );
}

export function setAttributesOf({ edits, selection }: Stage, ids: Ids, attributes: Attributes): void {
  edits.apply("Change attributes", setAttributes(selection.unlocked(ids), attributes));
}

/** Takes a vertex away; a ring keeps three. */
export function removeVertex(stage: Stage, instance: Instance, ref: VertexRef): void {
  const ring = ringAt(instance.polygons, ref);
  if (ring && pointCount(ring) > MIN_RING_POINTS) {
    stage.edits.apply("Delete vertex", deleteVertex(instance.id, ref));
  } else {
    stage.notify("An outline keeps at least three vertices. Delete takes the whole object away.");
  }
}

/** Of the selected objects: all get it, or lose it where all have it. */
export function toggleAttribute(stage: Stage, name: "occluded" | "truncated"): void {
  const selected = stage.selection.instances;
  if (selected.length === 0) return stage.notify(`Select the objects that are ${name} first.`);
  const isSet = selected.every((instance) => instance[name]);
  const label = isSet ? `Not ${name}` : name === "occluded" ? "Occluded" : "Truncated";
  stage.edits.apply(label, setAttributes(stage.selection.ids, { [name]: !isSet }));
}

export function mergeSelected(stage: Stage): void {
  const instances = stage.selection.instances;
  stage.edits.edit(`Merge ${instances.length} objects`, merged(instances, stage.size));
}

/** Shared borders: the selected objects give way to those they overlap, or those to them. */
export function trimOverlaps(stage: Stage, gives: "selected" | "others"): void {
  const selected = stage.selection.instances;
  if (selected.length === 0) return stage.notify("Select the objects first.");
  const box = selected.map(({ polygons }) => boxOf(polygons)).reduce(unionOfBoxes);
  const others = visibleIn(stage, box).filter(({ id }) => !stage.selection.ids.has(id));
  const free = others.filter(({ id }) => stage.selection.isPickable(id));
  const [under, over] = gives === "selected" ? [selected, others] : [free, selected];
  stage.edits.edit("Trim overlap", trimmedBy(under, over, stage.size));
}

export function nudge(stage: Stage, dx: number, dy: number): void {
  const moved = stage.selection.instances.map((each) => translatedInstance(each, dx, dy, stage.size));
  if (moved.length > 0) stage.edits.apply("Nudge", replaceInstances(moved));
}

/** Fewer points, within the tolerance of freehand strokes; says what that costs. */
export function simplifySelected(stage: Stage): void {
  const selected = stage.selection.instances;
  if (selected.length === 0) return stage.notify("Select the objects to simplify first.");
  const tolerance = stage.state.strokeTolerance / stage.viewport.camera.scale;
  const simplified = selected.map((each) => simplifiedInstance(each, tolerance));
  const before = pointsOf(selected);
  const after = pointsOf(simplified);
  if (after === before) return stage.notify("Nothing to simplify at this tolerance and zoom.");
  stage.edits.apply("Simplify", replaceInstances(simplified));
  const ious = simplified.map(({ polygons }, i) => iouOf((selected[i] as Instance).polygons, polygons));
  const which = ious.length > 1 ? "lowest IoU" : "IoU";
  stage.notify(`${before} → ${after} points · ${which} ${formatIou(Math.min(...ious))}`);
}

function pointsOf(instances: readonly Instance[]): number {
  return instances.reduce((sum, { polygons }) => sum + vertexTotal(polygons), 0);
}

/** Above or below everything else. */
export function moveSelected(stage: Stage, to: "front" | "back"): void {
  stage.edits.apply(to === "front" ? "Bring to front" : "Send to back", moveInOrder(stage.selection.ids, to));
}
