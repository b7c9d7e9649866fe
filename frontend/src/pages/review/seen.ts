/** One image at one confidence: polygons from the server, outcomes from the columns. */
import type { ImageShapes, PlainShape } from "@/api/types";
import type { Mask } from "@/components/MaskOverlay";
import { CLASS_PALETTE, OUTCOME_COLORS, OUTCOME_DASHES } from "@/lib/colors";
import type { Columns } from "@/review-data/columns";
import { type Judged, judgeImage } from "@/review-data/judge";
import { formatThreshold } from "@/lib/figures";
import { indexOf, isPrediction } from "@/review-data/select";

type Side = "label" | "prediction";
/** An object of an image, "p12" or "l3" in addresses; its place is the same at every confidence. */
export type Place = { side: Side; index: number };
export type SeenShape = Judged & Pick<PlainShape, "polygon" | "box"> & { side: Side };
/** `regions`: ignore regions, flat rings; `ignored`: predictions in them, which count nowhere. */
export type SeenImage = {
  labels: SeenShape[];
  predictions: SeenShape[];
  ignored: readonly PlainShape[];
  regions: readonly (readonly number[])[];
};

/** `object`: neighbours of one class are told apart, and a pair has one colour. */
export const COLOURINGS = ["outcome", "class", "object"] as const;
export type Colouring = (typeof COLOURINGS)[number];
export type ClassColors = ReadonlyMap<number, string>;
const FALLBACK = "#9aa3a4";
const IGNORED_COLOR = "#e6e9e9";

export function seeImage(columns: Columns, shapes: ImageShapes, confidence: number): SeenImage {
  const judged = judgeImage(columns, Number(shapes.key), confidence);
  const join = (side: Side, rows: readonly Judged[], drawn: readonly PlainShape[]) =>
    rows.flatMap((row): SeenShape[] => {
      const shape = drawn[row.index];
      return shape ? [{ ...row, side, polygon: shape.polygon, box: shape.box }] : [];
    });
  return {
    labels: join("label", judged.labels, shapes.labels),
    predictions: join("prediction", judged.predictions, shapes.predictions),
    ignored: judged.ignored.flatMap((index) => shapes.predictions[index] ?? []),
    regions: shapes.regions,
  };
}

/** Ignore regions and what was predicted in them: grey and dotted, as neither is right or wrong. */
export function drawIgnored({ regions, ignored }: Pick<SeenImage, "regions" | "ignored">): Mask[] {
  return [
    ...regions.map((points) => ({ points, color: IGNORED_COLOR, dash: "2 5" })),
    ...ignored.map(({ polygon, confidence }) => ({
      points: polygon,
      color: FALLBACK,
      dash: "1 4",
      caption: confidence === null ? undefined : `${formatThreshold(confidence)} ignored`,
    })),
  ];
}

export function formatPlace({ side, index }: Place): string {
  return `${side === "label" ? "l" : "p"}${index}`;
}

export function parsePlace(raw: string): Place | null {
  const [, side, index] = /^([lp])(\d{1,9})$/.exec(raw) ?? [];
  return side === undefined ? null : { side: side === "l" ? "label" : "prediction", index: Number(index) };
}

/** Where an object of a selection is: its image, and its place there. */
export function locate(columns: Columns, object: number): { image: number; place: Place } {
  const rows = isPrediction(object) ? columns.predictions : columns.labels;
  const number = indexOf(object);
  const image = rows.image[number] as number;
  const index = number - (rows.start[image] as number);
  return { image, place: { side: isPrediction(object) ? "prediction" : "label", index } };
}

export const isSame = (a: Place | null, b: Place | null): boolean =>
  a !== null && b !== null && a.side === b.side && a.index === b.index;

/** Whether a shape is the object meant, or its partner. */
export function isOfPair(shape: SeenShape, meant: Place | null): boolean {
  if (meant === null) return false;
  return isSame(shape, meant) || (shape.side !== meant.side && shape.partner === meant.index);
}

export type Drawing = {
  colouring: Colouring;
  colors: ClassColors;
  /** The object that stands out, with its partner. */
  meant?: Place | null;
  /** The object under the pointer: it stands out, and the others stay as they are. */
  hovered?: Place | null;
  captions?: boolean;
};

/** Labels that were found are white and dashed where predictions lie over them; each outcome has a colour
 *  and dashes of its own. */
export function drawShapes(shapes: readonly SeenShape[], drawing: Drawing, isUnder = false): Mask[] {
  const { colouring, colors, meant = null, hovered = null, captions = false } = drawing;
  return shapes.map((shape) => {
    const isFoundLabel = shape.side === "label" && shape.outcome !== "fn";
    const color = {
      outcome: OUTCOME_COLORS[shape.outcome],
      class: colors.get(shape.classIndex) ?? FALLBACK,
      object: colorOfObject(shape),
    }[colouring];
    const isLit = isOfPair(shape, meant) || isOfPair(shape, hovered);
    return {
      points: shape.polygon,
      color: isFoundLabel && isUnder && colouring === "outcome" ? "#ffffff" : color,
      dash: isFoundLabel && isUnder ? "5 4" : OUTCOME_DASHES[shape.outcome],
      caption: captions && shape.confidence !== null ? formatThreshold(shape.confidence) : undefined,
      emphasis: isLit ? "lit" : meant === null ? undefined : "faded",
    };
  });
}

function colorOfObject({ side, index, partner }: SeenShape): string {
  const label = side === "label" ? index : (partner ?? index);
  return CLASS_PALETTE[label % CLASS_PALETTE.length] as string;
}

/** "2 missed, 1 false": what is wrong with an image, or that nothing is. */
export function faultWords({ labels, predictions }: SeenImage): string {
  const count = (rows: readonly SeenShape[], outcome: string) =>
    rows.filter((shape) => shape.outcome === outcome).length;
  const parts = [
    [count(labels, "fn"), "missed"],
    [count(predictions, "fp"), "false"],
    [count(predictions, "wrong_class"), "wrong class"],
  ].flatMap(([number, word]) => (number ? [`${number} ${word}`] : []));
  if (parts.length > 0) return parts.join(", ");
  return labels.length > 0 ? "all found" : "nothing here, nothing found";
}
