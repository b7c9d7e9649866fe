/** What can be done with whole objects, on top of the editor: areas, order, copies. */
import {
  deleteVertex,
  moveInOrder,
  replaceInstances,
  setAttributes,
  simplifiedInstance,
  storable,
  translatedInstance,
} from "../document/actions";
import { type AreaEdit, merged, slicedAlong, trimmedBy, withAreaCut } from "../document/areas";
import { type Instance, newId } from "../model/document";
import type { Entry } from "../document/history";
import type { Editor } from "../editor/editor";
import { iouOf } from "../geometry/boolean";
import { toScreen } from "../geometry/camera";
import { boxOf, meetsBox, ringAt, unionOfBoxes, vertexTotal } from "../geometry/polygons";
import { boxOfRing, clampPoint, MIN_RING_POINTS, pointCount, translated } from "../geometry/ring";
import type { Box, Point, Polygons, Size, VertexRef } from "../geometry/types";
import { hitBody } from "../scene/hit";
import { formatIou } from "../geometry/strokes";
import { DRAWS, type PointerInput, reach } from "../model/tools";
import { isMidGesture } from "../stage/stage";

/** How far, in CSS pixels, a duplicate lies from its original. */
const DUPLICATE_OFFSET = 12;

/**
 * The next outline is added to the selected object, or cut out of it; then that ends. The same once more keeps it on
 * until Escape, and once more lets it end again. Strokes of the brush come in numbers: for them it stays on.
 */
export function drawOnto(editor: Editor, purpose: "add" | "cut"): void {
  if (editor.state.purpose === purpose) return editor.setStaysOn(!editor.state.staysOn);
  const target = editor.target ?? editor.singleSelected;
  if (!target) {
    const what = purpose === "add" ? "adds to it" : "cuts out of it";
    return editor.notify(`Select one object: what you draw next then ${what}.`);
  }
  if (!DRAWS.has(editor.state.tool)) editor.setTool("draw");
  editor.aimAt(purpose, target.id, editor.state.tool === "brush");
}

/** Takes up the tool and the class last drawn with; closes the outline where one is open. */
export function drawAgain(editor: Editor): void {
  if (editor.draftPoints.length > 0) return editor.confirm();
  const { tool, classId } = editor.state.lastDrawn;
  if (editor.state.purpose !== "new") editor.endPurpose();
  editor.setTool(tool);
  if (classId !== null && editor.style.classes.has(classId)) editor.chooseClass(classId);
}

/** Something is in hand that another image would leave behind: an outline, an offered one, a gesture. */
export function isInHand(editor: Editor): boolean {
  return editor.draftPoints.length > 0 || editor.state.offer !== null || isMidGesture(editor.tool);
}

/** Takes a vertex away; a ring keeps three. */
export function removeVertex(editor: Editor, instance: Instance, ref: VertexRef): void {
  const ring = ringAt(instance.polygons, ref);
  if (ring && pointCount(ring) > MIN_RING_POINTS) {
    editor.apply("Delete vertex", deleteVertex(instance.id, ref));
  } else {
    editor.notify("An outline keeps at least three vertices. Delete takes the whole object away.");
  }
}

/**
 * The right button: takes back the last point of the outline in hand; where none is, asks for the menu of the object
 * under the pointer.
 */
export function pressRight(editor: Editor, input: PointerInput): void {
  if (isMidGesture(editor.tool)) return;
  if (editor.draftPoints.length > 0) return editor.drive((tool) => tool.stepBack?.(editor));
  const tolerance = reach(input.kind) / editor.camera.scale / 2;
  const hit = hitBody(editor.scene, input.image, tolerance, (id) => editor.isVisible(id));
  if (hit) openMenu(editor, hit.id, input.screen);
}

/** Asks for the menu of an object, or of all that are selected where it is one of them. */
function openMenu(editor: Editor, id: string, at: Point): void {
  if (!editor.selection.has(id) && editor.isPickable(id)) editor.select([id]);
  editor.emit("menu", { ids: editor.selection.has(id) ? [...editor.selection] : [id], at });
}

/** Where the hand is over the image: the keyboard's cursor, else the pointer. */
export function handAt(editor: Editor): Point | null {
  return editor.keyCursor.at ?? editor.at;
}

/** The same by the keyboard: of what is selected, else of what lies under the pointer. */
export function openMenuByKey(editor: Editor): void {
  const [id] = editor.selection;
  const item = id === undefined ? null : editor.scene.item(id);
  const at = handAt(editor);
  const under = at && hitBody(editor.scene, at, 0, (each) => editor.isVisible(each));
  if (item) {
    const middle = { x: (item.minX + item.maxX) / 2, y: (item.minY + item.maxY) / 2 };
    openMenu(editor, item.id, clampPoint(toScreen(editor.camera, middle), editor.view));
  } else if (under && at) {
    openMenu(editor, under.id, toScreen(editor.camera, at));
  } else {
    editor.notify("Select an object first: its menu then opens here.");
  }
}

/** A stroke of the brush: more of the object at hand, or a new one that the next strokes add to. */
export function paint(editor: Editor, area: Polygons): void {
  const { target } = editor;
  if (target) {
    const isCut = editor.state.purpose === "cut";
    editor.addArea(area, undefined, isCut ? "Cut from object" : "Brush");
    return;
  }
  const created = editor.create(area);
  // An outline that is in hand, too, was not drawn for this object.
  if (created && editor.draftPoints.length === 0) editor.aimAt("add", created.id, true);
}

/** A stroke of the eraser: takes from what is selected, else from the object that it began on. */
export function erase(editor: Editor, area: Polygons, from: Point): void {
  editor.edit("Erase", erasing(editor, area, from));
}

/** What a stroke of the eraser would make; null when it would make nothing. */
export function erased(editor: Editor, area: Polygons, from: Point): Entry | null {
  const edit = erasing(editor, area, from);
  return "refusal" in edit ? null : { label: "Erase", document: edit.action(editor.document) };
}

function erasing(editor: Editor, area: Polygons, from: Point): AreaEdit {
  const under = hitBody(editor.scene, from, editor.state.brushRadius, (id) => editor.isPickable(id));
  const selected = editor.selectedInstances;
  const instances = selected.length > 0 ? selected : under ? [under.instance] : [];
  if (instances.length === 0) return { refusal: "There is no object to erase from." };
  return withAreaCut(instances, area, editor.size);
}

function visibleIn(editor: Editor, box: Box): Instance[] {
  return editor.scene
    .search(box)
    .filter(({ id }) => editor.isVisible(id))
    .map(({ instance }) => instance);
}

/** What a line may divide: the selected objects, or else all near it that are visible and not locked. */
export function divisibleBy(editor: Editor, line: readonly number[]): readonly Instance[] {
  const selected = editor.selectedInstances;
  if (selected.length > 0) return selected;
  return visibleIn(editor, boxOfRing(line)).filter(({ id }) => editor.isPickable(id));
}

/** Cuts along a line. False, with a word why, when it divides nothing. */
export function sliceAlong(editor: Editor, line: readonly number[]): boolean {
  return editor.edit("Slice", slicedAlong(divisibleBy(editor, line), line, editor.size));
}

/** Every object that is seen and not locked. */
export function selectAll(editor: Editor): void {
  editor.setTool("select");
  editor.select(editor.document.instances.map(({ id }) => id));
}

/** Adds the objects that a box touches to the selection. */
export function selectTouching(editor: Editor, box: Box): void {
  const touched = visibleIn(editor, box).filter(({ polygons }) => meetsBox(polygons, box));
  editor.select([...editor.selection, ...touched.map(({ id }) => id)]);
}

/** The objects of which the model sees nothing. */
export function selectVanished(editor: Editor): void {
  const vanished = editor.state.seen?.vanished ?? [];
  editor.setTool("select");
  editor.select(vanished);
  editor.zoomToSelected();
}

export function lockSelected(editor: Editor): void {
  const ids = [...editor.selection];
  if (ids.length === 0) return editor.notify("Select the objects to lock first.");
  editor.setLocked(ids, true);
  editor.notify(
    ids.length === 1
      ? "Locked. Shift + L unlocks all."
      : `Locked ${ids.length} objects. Shift + L unlocks all.`,
  );
}

export function unlockAll(editor: Editor): void {
  editor.setLocked(editor.state.locked, false);
}

/** Hides the objects of a class; shows them when all of them are hidden. */
export function toggleClassHidden(editor: Editor, classId: number): void {
  const ids = editor.document.instances.flatMap(({ id, class_id }) => (class_id === classId ? [id] : []));
  editor.setHidden(ids, !ids.every((id) => editor.state.hidden.has(id)));
}

/** Of the selected objects: all get it, or lose it where all have it. */
export function toggleAttribute(editor: Editor, name: "occluded" | "truncated"): void {
  const selected = editor.selectedInstances;
  if (selected.length === 0) return editor.notify(`Select the objects that are ${name} first.`);
  const isSet = selected.every((instance) => instance[name]);
  const label = isSet ? `Not ${name}` : name === "occluded" ? "Occluded" : "Truncated";
  editor.apply(label, setAttributes(editor.selection, { [name]: !isSet }));
}

export function mergeSelected(editor: Editor): void {
  const instances = editor.selectedInstances;
  editor.edit(`Merge ${instances.length} objects`, merged(instances, editor.size));
}

/** Shared borders: the selected objects give way to those they overlap, or those to them. */
export function trimOverlaps(editor: Editor, gives: "selected" | "others"): void {
  const selected = editor.selectedInstances;
  if (selected.length === 0) return editor.notify("Select the objects first.");
  const box = selected.map(({ polygons }) => boxOf(polygons)).reduce(unionOfBoxes);
  const others = visibleIn(editor, box).filter(({ id }) => !editor.selection.has(id));
  const free = others.filter(({ id }) => editor.isPickable(id));
  const [under, over] = gives === "selected" ? [selected, others] : [free, selected];
  editor.edit("Trim overlap", trimmedBy(under, over, editor.size));
}

export function nudge(editor: Editor, dx: number, dy: number): void {
  const moved = editor.selectedInstances.map((each) => translatedInstance(each, dx, dy, editor.size));
  if (moved.length > 0) editor.apply("Nudge", replaceInstances(moved));
}

/** Fewer points, within the tolerance of freehand strokes; says what that costs. */
export function simplifySelected(editor: Editor): void {
  const selected = editor.selectedInstances;
  if (selected.length === 0) return editor.notify("Select the objects to simplify first.");
  const tolerance = editor.state.strokeTolerance / editor.camera.scale;
  const simplified = selected.map((each) => simplifiedInstance(each, tolerance));
  const before = pointsOf(selected);
  const after = pointsOf(simplified);
  if (after === before) return editor.notify("Nothing to simplify at this tolerance and zoom.");
  editor.apply("Simplify", replaceInstances(simplified));
  const ious = simplified.map(({ polygons }, i) => iouOf((selected[i] as Instance).polygons, polygons));
  const which = ious.length > 1 ? "lowest IoU" : "IoU";
  editor.notify(`${before} → ${after} points · ${which} ${formatIou(Math.min(...ious))}`);
}

function pointsOf(instances: readonly Instance[]): number {
  return instances.reduce((sum, { polygons }) => sum + vertexTotal(polygons), 0);
}

/** Above or below everything else. */
export function moveSelected(editor: Editor, to: "front" | "back"): void {
  editor.apply(to === "front" ? "Bring to front" : "Send to back", moveInOrder(editor.selection, to));
}

/**
 * Adds copies and selects them. Those of a class that this dataset does not have get the class at hand; what lies
 * outside the image is left out.
 */
export function paste(editor: Editor, label: string, copied: readonly Instance[], offset = 0): void {
  const pasted = copied.flatMap((instance) => {
    const isKnown = editor.style.classes.has(instance.class_id);
    const class_id = isKnown ? instance.class_id : editor.state.activeClassId;
    if (class_id === null) return [];
    const copy = storable({ ...instance, id: newId(), class_id }, editor.size);
    return copy ? translatedInstance(copy, offset, offset, editor.size) : [];
  });
  if (pasted.length === 0) return editor.notify("Nothing of that lies on this image.");
  editor.apply(label, (document) => ({ instances: [...document.instances, ...pasted] }));
  editor.setTool("select");
  editor.select(pasted.map(({ id }) => id));
}

/** The same with the middle of the copies at a point, as far as the image reaches. */
export function pasteAt(editor: Editor, label: string, copied: readonly Instance[], at: Point): void {
  const box = copied.map(({ polygons }) => boxOf(polygons)).reduce(unionOfBoxes);
  const [dx, dy] = wayTo(box, at, editor.size);
  const moved = copied.map((each) => ({
    ...each,
    polygons: each.polygons.map((polygon) => polygon.map((ring) => translated(ring, dx, dy))),
  }));
  paste(editor, label, moved);
}

/** How far a box has to move so that its middle lies at a point and nothing of it outside; what is too large begins at 0. */
function wayTo(box: Box, at: Point, size: Size): readonly [dx: number, dy: number] {
  const along = (min: number, max: number, wanted: number, length: number): number => {
    const start = Math.min(wanted - (max - min) / 2, length - (max - min));
    return Math.max(0, start) - min;
  };
  return [along(box.minX, box.maxX, at.x, size.width), along(box.minY, box.maxY, at.y, size.height)];
}

/** How far a copy has to lie from its original so that both are seen, in image pixels. */
export function copyOffset(editor: Editor): number {
  return DUPLICATE_OFFSET / editor.camera.scale;
}

export function duplicateSelected(editor: Editor): void {
  const copied = editor.selectedInstances;
  if (copied.length > 0) paste(editor, "Duplicate", copied, copyOffset(editor));
}
