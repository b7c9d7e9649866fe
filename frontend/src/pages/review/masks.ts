import type { EvaluatedImage, Shape, ShapeOutcome } from "@/api/types";
import type { Mask } from "@/components/MaskOverlay";
import { OUTCOME_COLORS } from "@/lib/colors";

export type Layers = "both" | "side" | "labels" | "predictions";
export type Colouring = "outcome" | "class";
export type ClassColors = ReadonlyMap<number, string>;

const FALLBACK = "#9aa3a4";

function colorOf(shape: Shape, colouring: Colouring, colors: ClassColors): string {
  if (colouring === "class") return colors.get(shape.class_index) ?? FALLBACK;
  return OUTCOME_COLORS[shape.outcome];
}

/** Labels are dashed wherever predictions lie over them; what was missed is drawn in its own colour. */
export function labelMasks(
  image: EvaluatedImage,
  colouring: Colouring,
  colors: ClassColors,
  dashed: boolean,
): Mask[] {
  return image.labels.map((shape) => ({
    points: shape.polygon,
    dashed,
    color:
      colouring === "outcome" && shape.outcome !== "fn" && dashed
        ? "#ffffff"
        : colorOf(shape, colouring, colors),
  }));
}

export function predictionMasks(
  image: EvaluatedImage,
  colouring: Colouring,
  colors: ClassColors,
  captions: boolean,
): Mask[] {
  return image.predictions.map((shape) => ({
    points: shape.polygon,
    color: colorOf(shape, colouring, colors),
    ...(captions && shape.confidence !== null ? { caption: shape.confidence.toFixed(2) } : {}),
  }));
}

/** "2 missed, 1 false positive" – what is wrong with an image, or that nothing is. */
export function faultWords(
  image: Pick<EvaluatedImage, "false_negatives" | "false_positives" | "wrong_class" | "true_positives">,
): string {
  const parts: string[] = [];
  if (image.false_negatives > 0) parts.push(`${image.false_negatives} missed`);
  if (image.false_positives > 0) parts.push(`${image.false_positives} false`);
  if (image.wrong_class > 0) parts.push(`${image.wrong_class} wrong class`);
  if (parts.length > 0) return parts.join(", ");
  return image.true_positives > 0 ? "all found" : "nothing here, nothing found";
}

export const OUTCOMES: ShapeOutcome[] = ["tp", "fp", "wrong_class", "fn"];
