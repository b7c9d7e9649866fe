import { Skeleton, Text, UnstyledButton } from "@mantine/core";
import { memo, useEffect, useMemo, useRef } from "react";
import { useShapes } from "@/api/evaluations";
import { asProblem } from "@/api/problem";
import { MaskOverlay } from "@/components/MaskOverlay";
import { OUTCOME_WORDS } from "@/lib/colors";
import { formatMetric } from "@/lib/format";
import { cropAround } from "@/lib/geometry";
import type { Columns } from "@/review-data/columns";
import {
  drawIgnored,
  drawShapes,
  type Drawing,
  faultWords,
  isOfPair,
  locate,
  type Place,
  seeImage,
} from "./seen";
import { formatThreshold } from "@/lib/figures";
import classes from "./Review.module.css";

type TileProps = Omit<Drawing, "meant" | "hovered" | "captions"> & {
  columns: Columns;
  confidence: number;
  image: number;
  /** The object to show, of the columns; without one, the whole image. */
  object?: number;
  onOpen: (image: number, place?: Place) => void;
  tile: number;
  tabIndex: 0 | -1;
  isWanted: boolean;
};

const RATIO = 4 / 3;
/** A thumbnail's longer side; a crop of fewer pixels of it is taken from the picture itself. */
const THUMBNAIL_PX = 320;
const ENOUGH_PX = 140;

/** An image of the gallery, or an object cut out of its image. */
export const ReviewTile = memo(function ReviewTile({
  columns,
  confidence,
  image,
  object: wanted,
  colouring,
  colors,
  onOpen,
  tile,
  tabIndex,
  isWanted,
}: TileProps) {
  const button = useRef<HTMLButtonElement>(null);
  const query = useShapes(columns.evaluation, String(image));
  const shapes = query.data;
  const place = wanted === undefined ? undefined : locate(columns, wanted).place;
  const isThere = shapes !== undefined;
  useEffect(() => {
    if (isWanted && isThere) button.current?.focus();
  }, [isWanted, isThere]);
  const seen = useMemo(
    () => (shapes ? seeImage(columns, shapes, confidence) : null),
    [columns, shapes, confidence],
  );
  if (!shapes || !seen) {
    return (
      <div>
        <Skeleton radius={8} animate={!query.isError} style={{ aspectRatio: "4 / 3" }} />
        <div className={classes.caption}>
          {query.isError && (
            <Text size="xs" c="red" truncate title={asProblem(query.error).message}>
              {asProblem(query.error).message}
            </Text>
          )}
        </div>
      </div>
    );
  }
  const { width, height } = shapes;
  const object = place && (place.side === "label" ? shapes.labels : shapes.predictions)[place.index];
  const box = (object?.box ?? [0, 0, width, height]) as [number, number, number, number];
  const crop = cropAround(box, shapes, RATIO, object ? undefined : 0);
  // A whole image fills its tile, as the other galleries do.
  const whole = Math.min(width, height * RATIO);
  const frame = object
    ? crop
    : { x: (width - whole) / 2, y: (height - whole / RATIO) / 2, width: whole, height: whole / RATIO };
  const isSmall = (frame.width * THUMBNAIL_PX) / Math.max(width, height) < ENOUGH_PX;
  const drawing = { colouring, colors, meant: place ?? null };
  const judged = place && [...seen.labels, ...seen.predictions].find((shape) => isOfPair(shape, place));
  const words = judged
    ? `${columns.classNames[judged.classIndex] ?? "?"}: ${OUTCOME_WORDS[judged.outcome]}`
    : faultWords(seen);
  const figure = judged
    ? [
        judged.confidence === null ? null : formatThreshold(judged.confidence),
        judged.iou === null ? null : `IoU ${formatMetric(judged.iou)}`,
      ]
        .filter(Boolean)
        .join(" · ")
    : "";
  return (
    <UnstyledButton
      className={classes.tile}
      data-tile={tile}
      tabIndex={tabIndex}
      ref={button}
      onClick={() => onOpen(image, place)}
      aria-label={`${shapes.file_name}: ${words}. Open large`}
    >
      <div className={classes.frame}>
        <div
          className={classes.cut}
          style={{
            width: `${(100 * width) / frame.width}%`,
            height: `${(100 * height) / frame.height}%`,
            left: `${(-100 * frame.x) / frame.width}%`,
            top: `${(-100 * frame.y) / frame.height}%`,
          }}
        >
          <img
            src={isSmall ? shapes.image_url : shapes.thumbnail_url}
            alt=""
            loading="lazy"
            decoding="async"
            draggable={false}
          />
          <MaskOverlay
            masks={[
              ...drawIgnored(seen),
              ...drawShapes(seen.labels, drawing, true),
              ...drawShapes(seen.predictions, drawing),
            ]}
            width={width}
            height={height}
            fit="contain"
            fillOpacity={0.2}
          />
        </div>
      </div>
      <div className={classes.caption}>
        <Text size="xs" truncate style={{ flex: 1 }} title={`${words}, ${shapes.file_name}`}>
          {words}
        </Text>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {figure}
        </Text>
      </div>
    </UnstyledButton>
  );
});
