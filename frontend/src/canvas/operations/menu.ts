/** The menu of objects. */
import { toScreen } from "../geometry/camera";
import { clampPoint } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { type PointerInput, reach } from "../model/tools";
import { hitBody } from "../scene/hit";
import { isMidGesture, type Stage } from "../stage/stage";

/**
 * The right button: takes back the last point of the outline in hand; where none is, asks for the menu of the object
 * under the pointer.
 */
export function pressRight(stage: Stage, input: PointerInput): void {
  if (isMidGesture(stage.tool)) return;
  if (stage.draft.points.length > 0) return stage.drive((tool) => tool.stepBack?.(stage));
  const tolerance = reach(input.kind) / stage.viewport.camera.scale / 2;
  const hit = hitBody(stage.scene, input.image, tolerance, (id) => stage.selection.isVisible(id));
  if (hit) openMenu(stage, hit.id, input.screen);
}

/** Asks for the menu of an object, or of all that are selected where it is one of them. */
function openMenu(stage: Stage, id: string, at: Point): void {
  if (!stage.selection.ids.has(id) && stage.selection.isPickable(id)) stage.selection.select([id]);
  stage.events.emit("menu", { ids: stage.selection.ids.has(id) ? [...stage.selection.ids] : [id], at });
}

/** Where the hand is over the image: the keyboard's cursor, else the pointer. */
export function handAt(stage: Stage): Point | null {
  return stage.keyCursor.at ?? stage.pointing.at;
}

/** The same by the keyboard: of what is selected, else of what lies under the pointer. */
export function openMenuByKey(stage: Stage): void {
  const [id] = stage.selection.ids;
  const item = id === undefined ? null : stage.scene.item(id);
  const at = handAt(stage);
  const under = at && hitBody(stage.scene, at, 0, (each) => stage.selection.isVisible(each));
  if (item) {
    const middle = { x: (item.minX + item.maxX) / 2, y: (item.minY + item.maxY) / 2 };
    openMenu(stage, item.id, clampPoint(toScreen(stage.viewport.camera, middle), stage.viewport.view));
  } else if (under) {
    openMenu(stage, under.id, toScreen(stage.viewport.camera, at));
  } else {
    stage.notify("Select an object first: its menu then opens here.");
  }
}
