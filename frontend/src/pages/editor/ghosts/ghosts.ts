/** Predictions shown over an image that is being edited, and what taking one does. Pure. */
import type { DatasetClass, EvaluatedImage, PredictedGhosts, Shape, Verdict } from "@/api/types";
import { type Action, addInstance, replaceInstances, storable } from "@/canvas/document/actions";
import { type AnnotationDocument, type Instance, instanceById, newId } from "@/canvas/model/document";
import { iouOf, union } from "@/canvas/geometry/boolean";
import { areaOf, boxesMeet, boxOf, grownBox, unionOfBoxes } from "@/canvas/geometry/polygons";
import type { Box, Polygons, Size } from "@/canvas/geometry/types";

export type Ghost = {
  /** Of a prediction its place in the image's list; null for one that a verdict alone has kept. */
  readonly index: number | null;
  readonly polygons: Polygons;
  readonly className: string;
  /** Null for a class that this dataset does not have (any more). */
  readonly classId: number | null;
  readonly confidence: number | null;
};

export type Ghosts = {
  readonly ghosts: readonly Ghost[];
  /** Which ghost was asked for; -1: none. */
  readonly wanted: number;
  /** The label that was asked for, as it was when it was evaluated; [] where a prediction was. */
  readonly label: Polygons;
  /** What to show of the image; null: all of it. */
  readonly box: Box | null;
};

type Classes = readonly Pick<DatasetClass, "id" | "index" | "name">[];
type Wanted = { side: "label" | "prediction"; index: number } | null;

/** An object is the one that a ghost shows from here on: then its outline is replaced. */
const SAME_IOU = 0.5;

/** Of the image's longer side, how much is shown around an object. */
const AROUND = 0.06;

/** A row on disk joins parts and holes by zero-width bridges: they come apart again here. */
export function polygonsOf(ring: readonly number[]): Polygons {
  return ring.length < 6 ? [] : union([[ring]]);
}

function ghostOf(shape: Shape, index: number, classes: Classes): Ghost {
  const known = classes.find((each) => each.index === shape.class_index);
  return {
    index,
    polygons: polygonsOf(shape.polygon),
    className: known?.name ?? `class ${shape.class_index}`,
    classId: known?.id ?? null,
    confidence: shape.confidence,
  };
}

/** The ghosts of an evaluated image, in falling confidence. */
export function ghostsOf(image: EvaluatedImage, wanted: Wanted, classes: Classes): Ghosts {
  const ghosts = image.predictions
    .map((shape, index) => ghostOf(shape, index, classes))
    .filter(({ polygons }) => polygons.length > 0);
  const label = wanted?.side === "label" ? image.labels[wanted.index] : undefined;
  const index = wanted?.side === "prediction" ? wanted.index : (label?.match ?? null);
  const asked = ghosts.findIndex((ghost) => ghost.index === index);
  const polygons = label ? polygonsOf(label.polygon) : [];
  return {
    ghosts,
    wanted: index === null ? -1 : asked,
    label: polygons,
    box: boxAround([...polygons, ...(ghosts[asked]?.polygons ?? [])], image),
  };
}

/** The one ghost that a verdict has kept: it needs no evaluation. */
export function ghostsOfVerdict(verdict: Verdict, classes: Classes): Ghosts {
  const isLabel = verdict.side === "label";
  const ring = isLabel ? verdict.partner_polygon : verdict.polygon;
  const className = isLabel ? verdict.partner_class_name : verdict.class_name;
  const polygons = polygonsOf(ring);
  const ghost: Ghost = {
    index: null,
    polygons,
    className,
    classId: classes.find(({ name }) => name === className)?.id ?? null,
    confidence: isLabel ? null : verdict.confidence,
  };
  const label = isLabel ? polygonsOf(verdict.polygon) : [];
  return {
    ghosts: polygons.length > 0 ? [ghost] : [],
    wanted: polygons.length > 0 ? 0 : -1,
    label,
    box: boxAround([...label, ...polygons], verdict),
  };
}

/** What a prediction found at this confidence or above; classes are matched by name. `index`: among all of them, so
 *  that the slider changes none. */
export function ghostsOfPrediction({ ghosts }: Pick<PredictedGhosts, "ghosts">, confidence: number): Ghosts {
  const shown = ghosts.flatMap((each, index): Ghost[] => {
    if (each.confidence < confidence) return [];
    const polygons = polygonsOf(each.polygon);
    if (polygons.length === 0) return [];
    const { class_name: className, class_id: classId } = each;
    return [{ index, polygons, className, classId, confidence: each.confidence }];
  });
  return { ghosts: shown, wanted: shown.length > 0 ? 0 : -1, label: [], box: null };
}

function boxAround(polygons: Polygons, { width, height }: Size): Box | null {
  if (polygons.length === 0) return null;
  const box = polygons.map((polygon) => boxOf([polygon])).reduce(unionOfBoxes);
  return grownBox(box, AROUND * Math.max(width, height));
}

/** The object that a ghost shows, if somebody has drawn it. */
function overlapping({ polygons }: Pick<Ghost, "polygons">, document: AnnotationDocument): Instance | null {
  const box = boxOf(polygons);
  let best: Instance | null = null;
  let highest = SAME_IOU;
  for (const instance of document.instances) {
    if (!boxesMeet(boxOf(instance.polygons), box)) continue;
    const iou = iouOf(instance.polygons, polygons);
    if (iou < highest) continue;
    highest = iou;
    best = instance;
  }
  return best;
}

/** What taking a ghost does; `before`: the object whose outline it replaces, null where it is a new one. */
export type Taken = {
  readonly action: Action;
  readonly label: string;
  readonly instance: Instance;
  readonly before: Instance | null;
};

/**
 * Takes a ghost: a new object of its class, or the outline of the one that is there, which keeps its id, its class and
 * what is noted of it. Null when the ghost has no class here and none is at hand, or nothing of it lies in the image.
 */
export function takeGhost(
  ghost: Ghost,
  document: AnnotationDocument,
  size: Size,
  activeClassId: number | null,
): Taken | null {
  const there = overlapping(ghost, document);
  if (there) {
    const instance = storable({ ...there, polygons: ghost.polygons }, size);
    if (!instance) return null;
    return { action: replaceInstances([instance]), label: "Take predicted outline", instance, before: there };
  }
  const classId = ghost.classId ?? activeClassId;
  if (classId === null) return null;
  const instance = storable({ id: newId(), class_id: classId, polygons: ghost.polygons }, size);
  return instance && { action: addInstance(instance), label: "Take prediction", instance, before: null };
}

/** Whether what was taken of a ghost is still there; edited since, it is. */
export function isTaken(taken: Taken | undefined, document: AnnotationDocument): boolean {
  if (!taken) return false;
  const now = instanceById(document, taken.instance.id);
  return now !== undefined && now.polygons !== taken.before?.polygons;
}

/** How far coordinates may differ (pixels) between what was taken and what came back from the server. */
const SAME_PX = 0.01;
const SAME_AREA = 1e-3;

/** The extent of what is drawn, to find outlines that are the same. */
export type Extent = Box & { readonly area: number };

export function extentsOf({ instances }: AnnotationDocument): Extent[] {
  return instances.map(({ polygons }) => ({ ...boxOf(polygons), area: areaOf(polygons) }));
}

/** Whether an object has exactly a ghost's outline: taken at an earlier visit, or drawn from the same prediction. */
export function isDrawn({ polygons }: Pick<Ghost, "polygons">, drawn: readonly Extent[]): boolean {
  const box = boxOf(polygons);
  const area = areaOf(polygons);
  return drawn.some(
    (each) =>
      Math.abs(each.minX - box.minX) <= SAME_PX &&
      Math.abs(each.minY - box.minY) <= SAME_PX &&
      Math.abs(each.maxX - box.maxX) <= SAME_PX &&
      Math.abs(each.maxY - box.maxY) <= SAME_PX &&
      Math.abs(each.area - area) <= SAME_AREA * area,
  );
}

/** The next ghost that is not taken, round the end; where all are, the next one. -1: there is none. */
export function stepTo(
  current: number,
  step: 1 | -1,
  count: number,
  taken: (index: number) => boolean,
): number {
  if (count === 0) return -1;
  const start = current < 0 && step < 0 ? 0 : current;
  for (let n = 1; n <= count; n++) {
    const index = (start + n * step + count * n) % count;
    if (!taken(index)) return index;
  }
  return (start + step + count) % count;
}
