import type { Stage } from "../stage/stage";
import { clampPoint } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { alongBorder, snapTo } from "../scene/snap";
import { type PointerInput, reach } from "../model/tools";

/** Where a press or drag sets a point: inside the image, and on another object's border where points snap. */
export function place(stage: Stage, input: PointerInput, except: string | null = null): Point {
  const p = clampPoint(input.image, stage.size);
  if (!stage.state.snaps || input.alt) return p;
  const tolerance = reach(input.kind) / stage.viewport.camera.scale;
  return snapTo(stage.scene, p, tolerance, (id) => id !== except && stage.selection.isVisible(id)) ?? p;
}

/** The vertices of another object's border between two points on it; none when there is no such border. */
export function borderBetween(stage: Stage, from: Point, to: Point, takesLonger: boolean): readonly number[] {
  const between = alongBorder(stage.scene, from, to, (id) => stage.selection.isVisible(id), takesLonger);
  if (!between) stage.notify("Both points have to lie on one object's border to follow it.");
  return between ?? [];
}
