import { Alert, Button, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import { predictedImageQuery, usePredictedImage } from "@/api/predictionResults";
import { ClassDot } from "@/components/ClassDot";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskOverlay } from "@/components/MaskOverlay";
import { Viewer } from "@/components/Viewer";
import { ZoomPane } from "@/components/ZoomPane";
import { formatThreshold } from "@/lib/figures";
import type { Cut } from "@/prediction-data/cut";
import { type Colouring, drawnOf } from "@/prediction-data/looks";
import classes from "../../review/Review.module.css";
import { editorAddress } from "./editor-address";

type Props = {
  prediction: number;
  position: number;
  /** Positions before and behind it in the gallery, to have them at hand. */
  around: readonly number[];
  /** "3 of 120". */
  place: string;
  cut: Cut;
  colouring: Colouring;
  onClose: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
};

/** One image large: what was found in it, and the way into the editor. */
export function PredictedViewer({
  prediction,
  position,
  around,
  place,
  cut,
  colouring,
  onClose,
  onPrevious,
  onNext,
}: Props) {
  const client = useQueryClient();
  const query = usePredictedImage(prediction, position);
  const image = query.data;
  const [lit, setLit] = useState<number | null>(null);
  useEffect(() => {
    for (const each of around)
      void client.query(predictedImageQuery(prediction, each)).catch(() => undefined);
  }, [client, prediction, around]);
  const drawn = useMemo(
    () => (image ? drawnOf(image.instances, cut, colouring, true) : []),
    [image, cut, colouring],
  );
  const masks = drawn.map((each, i) =>
    lit === null ? each : { ...each, emphasis: i === lit ? ("lit" as const) : ("faded" as const) },
  );
  const size = { width: image?.width || 4, height: image?.height || 3 };
  return (
    <Viewer
      title={image?.file_name ?? "Image"}
      position={place}
      onClose={onClose}
      onPrevious={onPrevious}
      onNext={onNext}
      actions={
        image?.image && (
          <Button
            size="compact-sm"
            variant="default"
            component={Link}
            to={editorAddress(image.image, prediction)}
          >
            Open in the editor
          </Button>
        )
      }
      side={
        <Stack gap={4}>
          <Text size="sm" fw={600}>
            Objects ({drawn.length})
          </Text>
          {drawn.length === 0 && image && !image.error && (
            <Text size="sm" c="dimmed">
              Nothing was found at this confidence.
            </Text>
          )}
          {drawn.map(({ color, instance }, i) => (
            <UnstyledButton
              key={i}
              className={classes.object}
              data-lit={lit === i}
              onPointerEnter={() => setLit(i)}
              onPointerLeave={() => setLit(null)}
              onFocus={() => setLit(i)}
              onBlur={() => setLit(null)}
            >
              <span style={{ display: "flex", gap: 8, alignItems: "center" }}>
                <ClassDot color={color} />
                <Text span size="sm" truncate style={{ flex: 1 }} title={instance.class_name}>
                  {instance.class_name}
                </Text>
                <Text span size="sm" fw={600} className="tabular">
                  {formatThreshold(instance.confidence)}
                </Text>
              </span>
            </UnstyledButton>
          ))}
        </Stack>
      }
    >
      {(view, onView) =>
        image && !image.error ? (
          <ZoomPane src={image.image_url} alt={image.file_name} picture={size} view={view} onView={onView}>
            <MaskOverlay
              masks={masks}
              {...size}
              fit="contain"
              fillOpacity={0.25}
              strokeWidth={2}
              captionScale={1 / view.zoom}
              onHover={setLit}
            />
          </ZoomPane>
        ) : (
          <div style={{ display: "grid", placeContent: "center", padding: 24 }}>
            {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
            {image?.error && (
              <Alert color="red" variant="light" title="This image could not be read">
                {image.error} Mend or replace the file, then predict on it again.
              </Alert>
            )}
          </div>
        )
      }
    </Viewer>
  );
}
