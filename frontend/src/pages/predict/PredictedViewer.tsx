import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import type { PredictedImage } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { MaskOverlay } from "@/components/MaskOverlay";
import { Viewer } from "@/components/Viewer";
import { ZoomPane } from "@/components/ZoomPane";
import { formatThreshold } from "@/lib/figures";
import { masksAbove } from "./PredictedTile";

export function PredictedViewer({
  image,
  position,
  confidence,
  onClose,
  onPrevious,
  onNext,
}: {
  image: PredictedImage;
  position: string;
  confidence: number;
  onClose: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
}) {
  const masks = useMemo(() => masksAbove(image.instances, confidence, true), [image.instances, confidence]);
  const size = { width: image.width, height: image.height };
  const listed = image.instances
    .filter((instance) => instance.confidence >= confidence)
    .sort((a, b) => b.confidence - a.confidence);
  return (
    <Viewer
      title={image.file_name}
      position={position}
      onClose={onClose}
      onPrevious={onPrevious}
      onNext={onNext}
      side={
        <Stack gap={8}>
          <Text size="sm" fw={600}>
            Objects ({listed.length})
          </Text>
          {listed.length === 0 && (
            <Text size="sm" c="dimmed">
              None with confidence ≥ {formatThreshold(confidence)}.
            </Text>
          )}
          {listed.map((instance, i) => (
            <div key={i} style={{ display: "flex", gap: 8, alignItems: "center" }}>
              <ClassDot color={instance.color} />
              <Text size="sm" truncate style={{ flex: 1 }}>
                {instance.class_name}
              </Text>
              <Text size="sm" fw={600} className="tabular">
                {formatThreshold(instance.confidence)}
              </Text>
            </div>
          ))}
        </Stack>
      }
    >
      {(view, onView) => (
        <ZoomPane src={image.image_url} alt={image.file_name} picture={size} view={view} onView={onView}>
          <MaskOverlay
            masks={masks}
            {...size}
            fit="contain"
            fillOpacity={0.25}
            strokeWidth={2}
            captionScale={1 / view.zoom}
          />
        </ZoomPane>
      )}
    </Viewer>
  );
}
