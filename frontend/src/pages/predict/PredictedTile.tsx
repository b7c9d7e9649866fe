import { Text, UnstyledButton } from "@mantine/core";
import { memo, useMemo } from "react";
import type { PredictedImage, PredictedInstance } from "@/api/types";
import { type Mask, MaskOverlay } from "@/components/MaskOverlay";
import { plural } from "@/lib/format";
import { formatThreshold } from "@/lib/figures";
import classes from "../review/Review.module.css";

export function masksAbove(
  instances: readonly PredictedInstance[],
  confidence: number,
  captions: boolean,
): Mask[] {
  return instances
    .filter((instance) => instance.confidence >= confidence)
    .map((instance) => ({
      points: instance.polygon,
      color: instance.color,
      ...(captions ? { caption: `${instance.class_name} ${formatThreshold(instance.confidence)}` } : {}),
    }));
}

type TileProps = { image: PredictedImage; confidence: number; onOpen: (key: string) => void };

export const PredictedTile = memo(function PredictedTile({ image, confidence, onOpen }: TileProps) {
  const masks = useMemo(() => masksAbove(image.instances, confidence, false), [image.instances, confidence]);
  const words = image.error || plural(masks.length, "object");
  return (
    <UnstyledButton
      className={classes.tile}
      disabled={image.error !== ""}
      onClick={() => onOpen(image.key)}
      aria-label={`${image.file_name}: ${words}. Open large`}
    >
      <div className={classes.pictures}>
        <div style={{ position: "relative", aspectRatio: "4 / 3" }}>
          {image.error === "" && (
            <>
              <img
                src={image.thumbnail_url}
                alt=""
                loading="lazy"
                decoding="async"
                style={{ width: "100%", height: "100%", objectFit: "cover", display: "block" }}
              />
              <MaskOverlay masks={masks} width={image.width} height={image.height} fillOpacity={0.3} />
            </>
          )}
        </div>
      </div>
      <div className={classes.caption}>
        <Text size="xs" truncate style={{ flex: 1 }} title={image.file_name}>
          {image.file_name}
        </Text>
        <Text
          size="xs"
          c={image.error ? "var(--mantine-color-error)" : "dimmed"}
          className="tabular"
          truncate
          title={words}
        >
          {words}
        </Text>
      </div>
    </UnstyledButton>
  );
});
