/** What becomes of what is drawn: the aim and the class of outlines, strokes of brush and eraser, the line of a knife. */
import { replaceInstances, storable } from "../document/actions";
import { type AreaEdit, slicedAlong, withAreaCut } from "../document/areas";
import type { Entry } from "../document/history";
import { mendedPolygons } from "../geometry/crossings";
import { boxOfRing } from "../geometry/ring";
import type { Point, Polygons } from "../geometry/types";
import { IGNORE, type Instance } from "../model/document";
import { DRAWS } from "../model/tools";
import { hitBody } from "../scene/hit";
import type { Way } from "../stage/edits";
import { isMidGesture, type Stage } from "../stage/stage";
import { visibleIn } from "./selecting";

/**
 * The next outline is added to the selected object, or cut out of it; then that ends. The same once more keeps it on
 * until Escape, and once more lets it end again. Strokes of the brush come in numbers: for them it stays on.
 */
export function drawOnto(stage: Stage, purpose: "add" | "cut"): void {
  if (stage.aiming.purpose === purpose) return stage.aiming.setStaysOn(!stage.aiming.staysOn);
  const target = stage.aiming.target ?? stage.selection.single;
  if (!target) {
    const what = purpose === "add" ? "adds to it" : "cuts out of it";
    return stage.notify(`Select one object: what you draw next then ${what}.`);
  }
  if (!DRAWS.has(stage.state.tool)) stage.setTool("draw");
  stage.outlines.aimAt(purpose, target.id, stage.state.tool === "brush");
}

/** Back to objects of their own; the object that was aimed at stays selected. */
export function endPurpose(stage: Stage): void {
  const target = stage.aiming.aim?.target;
  stage.aiming.aim = null;
  stage.setTool("select");
  if (target !== undefined) stage.selection.select([target]);
}

/** Takes up the tool and the class last drawn with; closes the outline where one is open. */
export function drawAgain(stage: Stage): void {
  if (stage.draft.points.length > 0) return stage.confirm();
  const { tool, classId } = stage.state.lastDrawn;
  if (stage.aiming.aim) endPurpose(stage);
  stage.setTool(tool);
  const isKnown = classId === IGNORE || (classId !== null && stage.look.style.classes.has(classId));
  if (isKnown) stage.outlines.chooseClass(classId);
}

/** Closes the outline in hand as an object of this class. */
export function closeDraftAs(stage: Stage, classId: number): void {
  stage.outlines.classId = classId;
  stage.events.changed();
  stage.confirm();
}

/** Repairs what crosses itself: the outline in hand, what a drag has just made, or the selected object. */
export function mend(stage: Stage, way: Way): void {
  const { crossing } = stage.state;
  const { single } = stage.selection;
  if (stage.tool.mend) stage.drive((tool) => tool.mend?.(way, stage));
  else if (crossing === "mended") stage.edits.repairBy(way);
  else if (crossing === "object" && single) {
    const stored = storable({ ...single, polygons: mendedPolygons(single.polygons, way) }, stage.size);
    if (stored) stage.edits.apply("Repair outline", replaceInstances([stored]));
  }
}

/** Something is in hand that another image would leave behind: an outline, an offered one, a gesture. */
export function isInHand(stage: Stage): boolean {
  return stage.draft.points.length > 0 || stage.state.offer !== null || isMidGesture(stage.tool);
}

/** A stroke of the brush: more of the object at hand, or a new one that the next strokes add to. */
export function paint(stage: Stage, area: Polygons): void {
  const { target, purpose } = stage.aiming;
  if (target) {
    stage.outlines.addArea(area, undefined, purpose === "cut" ? "Cut from object" : "Brush");
    return;
  }
  const created = stage.outlines.create(area);
  // An outline that is in hand, too, was not drawn for this object.
  if (created && stage.draft.points.length === 0) stage.outlines.aimAt("add", created.id, true);
}

/** A stroke of the eraser: takes from what is selected, else from the object that it began on. */
export function erase(stage: Stage, area: Polygons, from: Point): void {
  stage.edits.edit("Erase", erasing(stage, area, from));
}

/** What a stroke of the eraser would make; null when it would make nothing. */
export function erased(stage: Stage, area: Polygons, from: Point): Entry | null {
  const edit = erasing(stage, area, from);
  return "refusal" in edit ? null : { label: "Erase", document: edit.action(stage.document) };
}

function erasing(stage: Stage, area: Polygons, from: Point): AreaEdit {
  const under = hitBody(stage.scene, from, stage.state.brushRadius, (id) => stage.selection.isPickable(id));
  const selected = stage.selection.instances;
  const instances = selected.length > 0 ? selected : under ? [under.instance] : [];
  if (instances.length === 0) return { refusal: "There is no object to erase from." };
  return withAreaCut(instances, area, stage.size);
}

/** What a line may divide: the selected objects, or else all near it that are visible and not locked. */
export function divisibleBy(stage: Stage, line: readonly number[]): readonly Instance[] {
  const selected = stage.selection.instances;
  if (selected.length > 0) return selected;
  return visibleIn(stage, boxOfRing(line)).filter(({ id }) => stage.selection.isPickable(id));
}

/** Cuts along a line. False, with a word why, when it divides nothing. */
export function sliceAlong(stage: Stage, line: readonly number[]): boolean {
  return stage.edits.edit("Slice", slicedAlong(divisibleBy(stage, line), line, stage.size));
}
