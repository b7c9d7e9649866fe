import { ringPath } from "@/lib/geometry";
import classes from "./verdicts.module.css";

type Props = {
  /** Of the whole picture, in pixels. */
  width: number;
  height: number;
  imageUrl: string;
  thumbnailUrl: string;
  /** Flat rings: solid for what the model said, dotted for the label. */
  prediction: readonly number[];
  label: readonly number[];
};

/** Of the object's longer side, how much is shown around it. */
const AROUND = 0.35;
const LEAST_PX = 24;
/** An object that covers this much of the picture is sharp enough in its thumbnail. */
const SHARP = 0.4;

/** The piece of a picture around an object. Pure. */
export function cropAround(
  rings: readonly (readonly number[])[],
  { width, height }: { width: number; height: number },
): { x: number; y: number; side: number } {
  const xs = rings.flatMap((ring) => ring.filter((_, i) => i % 2 === 0));
  const ys = rings.flatMap((ring) => ring.filter((_, i) => i % 2 === 1));
  if (xs.length === 0) return { x: 0, y: 0, side: Math.max(width, height) };
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const side = Math.max(LEAST_PX, right - left, bottom - top) * (1 + 2 * AROUND);
  // Rather off the middle than beyond the border of the picture.
  const within = (middle: number, length: number): number =>
    Math.max(0, Math.min(length - side, middle - side / 2));
  return { x: within((left + right) / 2, width), y: within((top + bottom) / 2, height), side };
}

/** A picture cut to one object, with the outlines of label and prediction. */
export function ObjectThumb({ width, height, imageUrl, thumbnailUrl, prediction, label }: Props) {
  const { x, y, side } = cropAround([prediction, label], { width, height });
  const percent = (pixels: number): string => `${(100 * pixels) / side}%`;
  const isSharp = side > SHARP * Math.max(width, height);
  return (
    <div className={classes.thumb}>
      <img
        src={isSharp ? thumbnailUrl : imageUrl}
        alt=""
        loading="lazy"
        decoding="async"
        draggable={false}
        style={{ left: percent(-x), top: percent(-y), width: percent(width), height: percent(height) }}
      />
      <svg viewBox={`${x} ${y} ${side} ${side}`} aria-hidden="true">
        {[label, prediction].map((ring, i) => (
          <path key={`seam ${i}`} className={classes.seam} d={ringPath(ring)} />
        ))}
        <path className={classes.labelled} d={ringPath(label)} />
        <path className={classes.predicted} d={ringPath(prediction)} />
      </svg>
    </div>
  );
}
