import type { Stage } from "../stage/stage";
import { boxOf } from "../geometry/polygons";
import { boxOfRing } from "../geometry/ring";
import type { Box, Size } from "../geometry/types";

/** Of the gesture, else of the outline in hand, else of the one object selected; in image pixels. */
export function sizeInHand(stage: Stage): Size | null {
  const box = boxInHand(stage);
  return box && { width: box.maxX - box.minX, height: box.maxY - box.minY };
}

function boxInHand(stage: Stage): Box | null {
  const { guide, draft, pointer, selected } = stage.overlay();
  if (guide?.kind === "offer") return guide.polygons.length > 0 ? boxOf(guide.polygons) : guide.box;
  if (guide && guide.kind !== "brush") return boxOfRing(guide.points);
  if (draft) {
    const follows = draft.stroke.length === 0 && pointer ? [pointer.x, pointer.y] : draft.stroke;
    return boxOfRing([...draft.points, ...follows]);
  }
  const [only] = selected;
  return only && selected.length === 1 ? boxOf(only.polygons) : null;
}
