/** Which objects are selected, hidden and locked. */
import { meetsBox, unionOfBoxes } from "../geometry/polygons";
import type { Box } from "../geometry/types";
import type { Instance } from "../model/document";
import type { Stage } from "../stage/stage";

/** Objects that are seen and whose boxes meet the box, bottom to top. */
export function visibleIn(stage: Stage, box: Box): Instance[] {
  return stage.scene
    .search(box)
    .filter(({ id }) => stage.selection.isVisible(id))
    .map(({ instance }) => instance);
}

/** Every object that is seen and not locked. */
export function selectAll(stage: Stage): void {
  stage.setTool("select");
  stage.selection.select(stage.document.instances.map(({ id }) => id));
}

/** Adds the objects that a box touches to the selection. */
export function selectTouching(stage: Stage, box: Box): void {
  const touched = visibleIn(stage, box).filter(({ polygons }) => meetsBox(polygons, box));
  stage.selection.select([...stage.selection.ids, ...touched.map(({ id }) => id)]);
}

/** The objects of which the model sees nothing. */
export function selectVanished(stage: Stage): void {
  const vanished = stage.state.seen?.vanished ?? [];
  stage.setTool("select");
  stage.selection.select(vanished);
  zoomToSelected(stage);
}

/** Goes on to the next box that waits to be outlined, after the selected object, and begins anew at the end. */
export function selectNextBox(stage: Stage): void {
  const { instances } = stage.document;
  const from = instances.findLastIndex(({ id }) => stage.selection.ids.has(id));
  const inOrder = [...instances.slice(from + 1), ...instances.slice(0, from + 1)];
  const next = inOrder.find(({ id, is_box }) => is_box && stage.selection.isPickable(id));
  if (!next) return stage.notify("No box waits to be outlined here.");
  stage.setTool("select");
  stage.selection.select([next.id]);
  zoomToSelected(stage);
}

export function zoomToSelected(stage: Stage): void {
  const items = [...stage.selection.ids].flatMap((id) => stage.scene.item(id) ?? []);
  if (items.length > 0) stage.viewport.zoomToBox(items.reduce<Box>(unionOfBoxes, items[0] as Box));
}

export function lockSelected(stage: Stage): void {
  const ids = [...stage.selection.ids];
  if (ids.length === 0) return stage.notify("Select the objects to lock first.");
  stage.selection.setLocked(ids, true);
  stage.notify(
    ids.length === 1
      ? "Locked. Shift + L unlocks all."
      : `Locked ${ids.length} objects. Shift + L unlocks all.`,
  );
}

export function unlockAll(stage: Stage): void {
  stage.selection.setLocked(stage.state.locked, false);
}

/** Hides the objects of a class; shows them when all of them are hidden. */
export function toggleClassHidden(stage: Stage, classId: number | null): void {
  const ids = stage.document.instances.flatMap(({ id, class_id }) => (class_id === classId ? [id] : []));
  stage.selection.setHidden(ids, !ids.every((id) => stage.state.hidden.has(id)));
}
