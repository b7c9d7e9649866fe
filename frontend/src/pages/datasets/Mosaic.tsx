import type { CoverImage, DatasetClass } from "@/api/types";
import { MaskOverlay } from "@/components/MaskOverlay";
import classes from "./Datasets.module.css";

/** Up to four thumbnails with the outlines of their instances. */
export function Mosaic({ cover, classList }: { cover: CoverImage[]; classList: DatasetClass[] }) {
  const colors = new Map(classList.map(({ id, color }) => [id, color]));
  const shown = cover.slice(0, 4);
  return (
    <div className={classes.mosaic} data-count={shown.length}>
      {shown.map((image) => (
        <div key={image.id} className={classes.tile}>
          <img src={image.thumbnail_url} alt="" loading="lazy" decoding="async" />
          <MaskOverlay
            masks={image.outline.map(({ class_id, points }) => ({
              points,
              color: colors.get(class_id) ?? "#ffffff",
            }))}
            width={image.width}
            height={image.height}
            normalised
            fillOpacity={0.12}
          />
        </div>
      ))}
    </div>
  );
}
