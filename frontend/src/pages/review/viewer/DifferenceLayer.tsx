import { useEffect, useRef } from "react";
import { OUTCOME_COLORS } from "@/lib/colors";
import type { SeenShape } from "../seen";
import { differenceScale, drawDifference } from "./difference";
import classes from "../Review.module.css";

/** Where labels and predictions differ, pixel by pixel of the picture: yellow stripes lack a prediction,
 *  orange dots lack a label. */
export function DifferenceLayer({
  labels,
  predictions,
  width,
  height,
}: {
  labels: readonly SeenShape[];
  predictions: readonly SeenShape[];
  width: number;
  height: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = differenceScale(width, height);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    drawDifference(context, scale, {
      missing: { rings: labels.map(({ polygon }) => polygon), color: OUTCOME_COLORS.fn, pattern: "stripes" },
      extra: { rings: predictions.map(({ polygon }) => polygon), color: OUTCOME_COLORS.fp, pattern: "dots" },
    });
  }, [labels, predictions, scale]);
  return (
    <canvas
      ref={canvas}
      className={classes.difference}
      width={Math.round(width * scale)}
      height={Math.round(height * scale)}
      role="img"
      aria-label="Where labels and predictions differ"
    />
  );
}
