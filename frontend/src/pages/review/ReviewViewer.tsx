import { Anchor, Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { Link } from "react-router";
import type { EvaluatedImage, Evaluation, Shape } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { MaskOverlay } from "@/components/MaskOverlay";
import { Viewer } from "@/components/Viewer";
import { ZoomPane } from "@/components/ZoomPane";
import { OUTCOME_COLORS, OUTCOME_WORDS } from "@/lib/colors";
import { formatMetric } from "@/lib/format";
import { PinButton } from "../verdicts/PinButton";
import { VerdictMenu } from "../verdicts/VerdictMenu";
import { editorAddress, type ObjectRef } from "../verdicts/object";
import { type ClassColors, type Colouring, faultWords, type Layers } from "./masks";
import { layersOf } from "./ReviewTile";

type ReviewViewerProps = {
  evaluation: Evaluation;
  image: EvaluatedImage;
  index: number;
  known: number;
  more: boolean;
  layers: Layers;
  colouring: Colouring;
  colors: ClassColors;
  onLayers: (layers: Layers) => void;
  onClose: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
};

export function ReviewViewer(props: ReviewViewerProps) {
  const { evaluation, image, index, known, more, layers, colouring, colors } = props;
  const size = { width: image.width, height: image.height };
  return (
    <Viewer
      title={image.file_name}
      position={`${index + 1} of ${known}${more ? "+" : ""} · ${faultWords(image)}`}
      onClose={props.onClose}
      onPrevious={props.onPrevious}
      onNext={props.onNext}
      actions={
        <>
          <SegmentedControl
            size="xs"
            visibleFrom="sm"
            aria-label="Show"
            value={layers}
            onChange={(value) => props.onLayers(value as Layers)}
            data={LAYER_CHOICES}
          />
          {image.image && (
            <Button
              component={Link}
              to={editorAddress(evaluation.dataset, image.image, {
                evaluation: evaluation.id,
                key: image.key,
              })}
              size="xs"
              leftSection={<IconPencil size={14} />}
            >
              Fix label
            </Button>
          )}
        </>
      }
      side={<ShapeList evaluation={evaluation} image={image} colors={colors} />}
    >
      {(view, onView) =>
        layersOf(image, layers, colouring, colors, true).map(({ name, masks }) => (
          <ZoomPane
            key={name}
            src={image.image_url}
            alt={`${image.file_name}: ${name.toLowerCase()}`}
            picture={size}
            view={view}
            onView={onView}
            caption={name}
          >
            <MaskOverlay
              masks={masks}
              {...size}
              fit="contain"
              fillOpacity={0.22}
              strokeWidth={2}
              captionScale={1 / view.zoom}
            />
          </ZoomPane>
        ))
      }
    </Viewer>
  );
}

export const LAYER_CHOICES = [
  { value: "side", label: "Side by side" },
  { value: "both", label: "Overlaid" },
  { value: "labels", label: "Labels" },
  { value: "predictions", label: "Predictions" },
];

function ShapeList({
  evaluation,
  image,
  colors,
}: {
  evaluation: Evaluation;
  image: EvaluatedImage;
  colors: ClassColors;
}) {
  const nameOf = (shape: Shape) =>
    evaluation.per_class.find(({ class_index }) => class_index === shape.class_index)?.name ??
    `class ${shape.class_index}`;
  const placed = (side: ObjectRef["side"]) =>
    image[side === "label" ? "labels" : "predictions"].map((shape, index) => ({
      shape,
      object: { evaluation: evaluation.id, key: image.key, side, index },
    }));
  const missed = placed("label").filter(({ shape }) => shape.outcome === "fn");
  const linkTo = (object: ObjectRef) => image.image && editorAddress(evaluation.dataset, image.image, object);
  return (
    <Stack gap="lg">
      <ShapeSection
        title={`Predictions (${image.predictions.length})`}
        shapes={placed("prediction")}
        {...{ dataset: evaluation.dataset, nameOf, linkTo, colors }}
      />
      {missed.length > 0 && (
        <ShapeSection
          title={`Missed (${missed.length})`}
          shapes={missed}
          {...{ dataset: evaluation.dataset, nameOf, linkTo, colors }}
        />
      )}
      <Text size="xs" c="dimmed">
        Arrow keys walk through the images, + and − zoom, 0 fits.
      </Text>
    </Stack>
  );
}

function ShapeSection({
  title,
  shapes,
  dataset,
  nameOf,
  linkTo,
  colors,
}: {
  title: string;
  shapes: readonly { shape: Shape; object: ObjectRef }[];
  dataset: string;
  nameOf: (shape: Shape) => string;
  /** Where an object is mended; null when its image is gone. */
  linkTo: (object: ObjectRef) => string | null;
  colors: ClassColors;
}) {
  return (
    <div>
      <Text size="sm" fw={600} mb={6}>
        {title}
      </Text>
      {shapes.length === 0 && (
        <Text size="sm" c="dimmed">
          None at this confidence.
        </Text>
      )}
      <Stack gap={8}>
        {shapes.map(({ shape, object }) => (
          <div key={object.index} style={{ display: "flex", gap: 8, alignItems: "baseline" }}>
            <ClassDot color={colors.get(shape.class_index) ?? "#9aa3a4"} />
            <div style={{ minWidth: 0, flex: 1 }}>
              <ShapeName name={nameOf(shape)} to={linkTo(object)} />
              <Text
                size="xs"
                c="dimmed"
                style={{ borderLeft: `3px solid ${OUTCOME_COLORS[shape.outcome]}`, paddingLeft: 6 }}
              >
                {OUTCOME_WORDS[shape.outcome]}
                {shape.iou !== null && shape.iou > 0 ? ` · IoU ${formatMetric(shape.iou)}` : ""}
              </Text>
              <Group gap={4} mt={2}>
                <VerdictMenu dataset={dataset} object={object} outcome={shape.outcome} />
                <PinButton dataset={dataset} object={object} />
              </Group>
            </div>
            {shape.confidence !== null && (
              <Text size="sm" fw={600} className="tabular">
                {shape.confidence.toFixed(2)}
              </Text>
            )}
          </div>
        ))}
      </Stack>
    </div>
  );
}

function ShapeName({ name, to }: { name: string; to: string | null }) {
  if (to === null)
    return (
      <Text size="sm" truncate>
        {name}
      </Text>
    );
  return (
    <Anchor component={Link} to={to} size="sm" truncate display="block" title="Open it in the editor">
      {name}
    </Anchor>
  );
}
