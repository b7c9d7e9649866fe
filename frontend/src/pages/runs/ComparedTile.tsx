import { Anchor, Text } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import { useColumns, useShapes } from "@/api/evaluations";
import type { Basis } from "@/api/types";
import { MaskedImage } from "@/components/MaskOverlay";
import { writeParams } from "@/lib/urlState";
import { DEFAULT_IOU, POSITION } from "../review/address";
import { drawShapes, faultWords, formatPlace, type Place, seeImage } from "../review/seen";

const NO_COLORS = new Map<number, string>();

/** One image as one evaluation sees it; it opens there, at the same confidence. */
export function ComparedTile({
  evaluation,
  run,
  name,
  imageKey,
  fileName,
  thumbnail,
  confidence,
  basis = "mask",
  meant = null,
  figure = "",
}: {
  evaluation: number;
  run: number;
  name: string;
  imageKey: string;
  fileName: string;
  thumbnail: string;
  confidence: number;
  basis?: Basis;
  /** The object that stands out. */
  meant?: Place | null;
  figure?: string;
}) {
  const shapes = useShapes(evaluation, imageKey).data;
  const columns = useColumns(evaluation, { iou: DEFAULT_IOU, basis }).data;
  const seen = useMemo(
    () => (shapes && columns ? seeImage(columns, shapes, confidence) : null),
    [shapes, columns, confidence],
  );
  const drawing = { colouring: "outcome", colors: NO_COLORS, meant } as const;
  const at = writeParams(POSITION, new URLSearchParams(), { evaluation, basis, confidence });
  at.set("image", imageKey);
  if (meant) at.set("object", formatPlace(meant));
  return (
    <Anchor
      component={Link}
      underline="never"
      c="inherit"
      to={`/runs/${run}/predictions?${at}`}
      aria-label={`${fileName} in ${name}${figure && `, quality ${figure}`}. Open it there`}
    >
      <MaskedImage
        src={thumbnail}
        alt=""
        ratio="4 / 3"
        masks={
          seen ? [...drawShapes(seen.labels, drawing, true), ...drawShapes(seen.predictions, drawing)] : []
        }
        width={shapes?.width ?? 4}
        height={shapes?.height ?? 3}
        fillOpacity={0.2}
      />
      <Text size="xs" truncate title={name} mt={2}>
        {name}
      </Text>
      <Text size="xs" c="dimmed" truncate className="tabular">
        {figure}
        {figure && seen && " · "}
        {seen && faultWords(seen)}
      </Text>
    </Anchor>
  );
}
