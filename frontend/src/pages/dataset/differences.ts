import type { DifferenceKind, DifferentImage, DifferentObject } from "@/api/types";
import type { Mask } from "@/components/MaskOverlay";
import { plural } from "@/lib/format";

export const DIFFERENCE_WORDS: Record<Exclude<DifferenceKind, "">, string> = {
  added: "Added",
  removed: "Removed",
  not_done: "Not done now",
  moved: "Moved between splits",
  renamed: "Renamed",
  other_pixels: "Other pixels or ignore regions",
  objects: "Other objects",
  objects_added: "Objects added",
  objects_removed: "Objects removed",
  objects_changed: "Outlines changed",
  class_changed: "Classes changed",
};

/** "moved from train to val, 2 objects added" */
export function describeDifference(image: DifferentImage): string {
  const { before, after } = image;
  if (image.kind === "added") return `added with ${plural(after?.objects ?? 0, "object")}`;
  if (image.kind === "removed") return `removed with ${plural(before?.objects ?? 0, "object")}`;
  const said = [
    image.is_not_done && "not done now",
    image.is_moved && before && after && `moved from ${before.split} to ${after.split}`,
    image.is_renamed && before && `was ${before.name}`,
    image.has_other_pixels && "other pixels",
    image.has_other_regions && "other ignore regions",
    image.is_open && "objects not compared yet",
    image.objects_added > 0 && `${plural(image.objects_added, "object")} added`,
    image.objects_removed > 0 && `${plural(image.objects_removed, "object")} removed`,
    image.objects_changed > 0 && `${plural(image.objects_changed, "outline")} changed`,
    image.class_changed > 0 && `${plural(image.class_changed, "class", "classes")} changed`,
  ];
  return said.filter((part) => part !== false && part !== null).join(", ");
}

/** What changed, drawn over a thumbnail of one side. */
export function masksOf(image: DifferentImage, side: "before" | "after"): Mask[] {
  return image.drawn.flatMap((item) => {
    const rings = side === "before" ? item.before : item.after;
    const color = side === "before" ? item.color_before : item.color_after;
    return rings.map((points) => ({ points, color, dashed: side === "before" }));
  });
}

/** All objects of one side; those that are the same hardly show. */
export function objectMasks(objects: readonly DifferentObject[]): Mask[] {
  return objects.flatMap(({ polygons, color, kind, class_name: name }) =>
    polygons.map((polygon, place) => ({
      points: polygon[0] ?? [],
      color,
      emphasis: kind === "same" ? ("faded" as const) : ("lit" as const),
      caption: kind !== "same" && place === 0 ? name : undefined,
    })),
  );
}
