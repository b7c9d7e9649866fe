import type { DatasetClass, Photograph } from "@/api/types";
import type { AnnotationDocument, Instance } from "@/canvas/model/document";
import { boxesMeet, boxOf, grownBox, unionOfBoxes } from "@/canvas/geometry/polygons";
import type { Box } from "@/canvas/geometry/types";
import { lookOf } from "./class-look";
import classes from "./editor.module.css";
import type { Dispute } from "./sync/merge";

/** The room left around what is shown, as a part of its size, and the least of it in image pixels. */
const MARGIN = 0.35;
const LEAST_MARGIN = 24;

type Props = {
  image: Photograph;
  title: string;
  side: "mine" | "theirs";
  document: AnnotationDocument;
  disputes: readonly Dispute[];
  /** The object that is looked at, else all of them. */
  focused: string | null;
  classNames: ReadonlyMap<number, DatasetClass>;
};

/** One version on the photograph, zoomed to the objects in dispute, these in bold lines. */
export function ConflictPreview({ image, title, side, document, disputes, focused, classNames }: Props) {
  const shown = disputes.filter(({ id }) => focused === null || id === focused);
  const box = boxAround(shown, image);
  const disputed = new Set(disputes.map(({ id }) => id));
  const visible = document.instances.filter(({ polygons }) => boxesMeet(boxOf(polygons), box));
  const isGone = focused !== null && shown.every((dispute) => dispute[side] === null);
  return (
    <svg
      className={classes.preview}
      viewBox={`${box.minX} ${box.minY} ${box.maxX - box.minX} ${box.maxY - box.minY}`}
      role="img"
      aria-label={isGone ? `${title}: deleted` : title}
    >
      <image href={image.url} width={image.width} height={image.height} />
      {visible.map((instance) => {
        const isBold = disputed.has(instance.id) && (focused === null || focused === instance.id);
        return (
          <path
            key={instance.id}
            d={pathOf(instance)}
            fill={lookOf(classNames, instance.class_id)?.color}
            fillOpacity={isBold ? 0.45 : 0.1}
            fillRule="evenodd"
            stroke={lookOf(classNames, instance.class_id)?.color}
            strokeWidth={isBold ? 3 : 1}
            vectorEffect="non-scaling-stroke"
          />
        );
      })}
    </svg>
  );
}

/** Both versions of the objects with some room around, inside the image. */
function boxAround(disputes: readonly Dispute[], { width, height }: Photograph): Box {
  const boxes = disputes
    .flatMap(({ mine, theirs }) => [mine, theirs])
    .flatMap((instance) => (instance ? boxOf(instance.polygons) : []));
  if (boxes.length === 0) return { minX: 0, minY: 0, maxX: width, maxY: height };
  const box = boxes.reduce(unionOfBoxes);
  const size = Math.max(box.maxX - box.minX, box.maxY - box.minY);
  const { minX, minY, maxX, maxY } = grownBox(box, Math.max(LEAST_MARGIN, size * MARGIN));
  return {
    minX: Math.max(0, minX),
    minY: Math.max(0, minY),
    maxX: Math.min(width, maxX),
    maxY: Math.min(height, maxY),
  };
}

function pathOf({ polygons }: Instance): string {
  return polygons
    .flat()
    .map((ring) => `M${ring.join(" ")}Z`)
    .join("");
}
