import type { Editor } from "../editor/editor";
import { clampPoint } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { alongBorder, snapTo } from "../scene/snap";
import { type PointerInput, reach } from "../model/tools";

/** Where a press or drag sets a point: inside the image, and on another object's border where points snap. */
export function place(editor: Editor, input: PointerInput, except: string | null = null): Point {
  const p = clampPoint(input.image, editor.size);
  if (!editor.state.snaps || input.alt) return p;
  const tolerance = reach(input.kind) / editor.camera.scale;
  return snapTo(editor.scene, p, tolerance, (id) => id !== except && editor.isVisible(id)) ?? p;
}

/** The vertices of another object's border between two points on it; none when there is no such border. */
export function borderBetween(
  editor: Editor,
  from: Point,
  to: Point,
  takesLonger: boolean,
): readonly number[] {
  const between = alongBorder(editor.scene, from, to, (id) => editor.isVisible(id), takesLonger);
  if (!between) editor.notify("Both points have to lie on one object's border to follow it.");
  return between ?? [];
}
