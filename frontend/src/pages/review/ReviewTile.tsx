import { Text, UnstyledButton } from "@mantine/core";
import { memo } from "react";
import type { EvaluatedImage } from "@/api/types";
import { type Mask, MaskOverlay } from "@/components/MaskOverlay";
import { formatMetric } from "@/lib/format";
import {
  type ClassColors,
  type Colouring,
  faultWords,
  labelMasks,
  type Layers,
  predictionMasks,
} from "./masks";
import classes from "./Review.module.css";

type TileProps = {
  image: EvaluatedImage;
  layers: Layers;
  colouring: Colouring;
  colors: ClassColors;
  onOpen: (key: string) => void;
};

/** The pictures of one image, each with the masks that belong on it. */
export function layersOf(
  image: EvaluatedImage,
  layers: Layers,
  colouring: Colouring,
  colors: ClassColors,
  captions: boolean,
): { name: string; masks: Mask[] }[] {
  const labels = { name: "Label", masks: labelMasks(image, colouring, colors, false) };
  const predictions = { name: "Prediction", masks: predictionMasks(image, colouring, colors, captions) };
  if (layers === "side") return [labels, predictions];
  if (layers === "labels") return [labels];
  if (layers === "predictions") return [predictions];
  return [
    {
      name: "Prediction over label",
      masks: [...labelMasks(image, colouring, colors, true), ...predictions.masks],
    },
  ];
}

export const ReviewTile = memo(function ReviewTile({ image, layers, colouring, colors, onOpen }: TileProps) {
  const words = faultWords(image);
  return (
    <UnstyledButton
      className={classes.tile}
      onClick={() => onOpen(image.key)}
      aria-label={`${image.file_name}: ${words}. Open large`}
    >
      <div className={classes.pictures}>
        {layersOf(image, layers, colouring, colors, false).map(({ name, masks }) => (
          <div
            key={name}
            style={{ position: "relative", aspectRatio: layers === "side" ? "2 / 3" : "4 / 3" }}
          >
            <img
              src={image.thumbnail_url}
              alt=""
              loading="lazy"
              decoding="async"
              style={{ width: "100%", height: "100%", objectFit: "cover", display: "block" }}
            />
            <MaskOverlay masks={masks} width={image.width} height={image.height} fillOpacity={0.25} />
          </div>
        ))}
      </div>
      <div className={classes.caption}>
        <Text size="xs" truncate style={{ flex: 1 }} title={image.file_name}>
          {words}
        </Text>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {image.mean_iou === null ? "" : `IoU ${formatMetric(image.mean_iou)}`}
        </Text>
      </div>
    </UnstyledButton>
  );
});
