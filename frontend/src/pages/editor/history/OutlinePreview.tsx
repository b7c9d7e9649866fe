import type { Instance } from "@/canvas/model/document";
import { boxOf } from "@/canvas/geometry/polygons";
import classes from "./history.module.css";

/** Part of the side that stays free around the outline. */
const MARGIN = 0.12;

/** The form of one object, as large as its square allows. */
export function OutlinePreview({ polygons, color }: Pick<Instance, "polygons"> & { color: string }) {
  const { minX, minY, maxX, maxY } = boxOf(polygons);
  const side = Math.max(maxX - minX, maxY - minY, 1) * (1 + 2 * MARGIN);
  const left = (minX + maxX - side) / 2;
  const top = (minY + maxY - side) / 2;
  return (
    <svg className={classes.shape} viewBox={`${left} ${top} ${side} ${side}`} aria-hidden>
      <path
        d={polygons
          .flat()
          .map((ring) => `M${ring.join(" ")}Z`)
          .join("")}
        fill={color}
        fillOpacity={0.45}
        fillRule="evenodd"
        stroke={color}
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
