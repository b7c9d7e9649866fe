/** Copies of objects. */
import { storable, translatedInstance } from "../document/actions";
import { boxOf, unionOfBoxes } from "../geometry/polygons";
import { translated } from "../geometry/ring";
import type { Box, Point, Size } from "../geometry/types";
import { classOfChoice, type Instance, newId } from "../model/document";
import type { Stage } from "../stage/stage";

/** How far, in CSS pixels, a duplicate lies from its original. */
const DUPLICATE_OFFSET = 12;

/**
 * Adds copies and selects them. Those of a class that this dataset does not have get the class at hand; what lies
 * outside the image is left out.
 */
export function paste(stage: Stage, label: string, copied: readonly Instance[], offset = 0): void {
  const pasted = copied.flatMap((instance) => {
    const { activeClassId } = stage.state;
    const isKnown = instance.class_id === null || stage.look.style.classes.has(instance.class_id);
    if (!isKnown && activeClassId === null) return [];
    const class_id = isKnown || activeClassId === null ? instance.class_id : classOfChoice(activeClassId);
    const copy = storable({ ...instance, id: newId(), class_id }, stage.size);
    return copy ? translatedInstance(copy, offset, offset, stage.size) : [];
  });
  if (pasted.length === 0) return stage.notify("Nothing of that lies on this image.");
  stage.edits.apply(label, (document) => ({ instances: [...document.instances, ...pasted] }));
  stage.setTool("select");
  stage.selection.select(pasted.map(({ id }) => id));
}

/** The same with the middle of the copies at a point, as far as the image reaches. */
export function pasteAt(stage: Stage, label: string, copied: readonly Instance[], at: Point): void {
  const box = copied.map(({ polygons }) => boxOf(polygons)).reduce(unionOfBoxes);
  const [dx, dy] = wayTo(box, at, stage.size);
  const moved = copied.map((each) => ({
    ...each,
    polygons: each.polygons.map((polygon) => polygon.map((ring) => translated(ring, dx, dy))),
  }));
  paste(stage, label, moved);
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
export function copyOffset(stage: Stage): number {
  return DUPLICATE_OFFSET / stage.viewport.camera.scale;
}

export function duplicateSelected(stage: Stage): void {
  const copied = stage.selection.instances;
  if (copied.length > 0) paste(stage, "Duplicate", copied, copyOffset(stage));
}
