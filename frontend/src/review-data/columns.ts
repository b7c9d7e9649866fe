/** Every label and prediction of an evaluation as columns of numbers, read from the server's binary answer.
 *
 *  The bytes: the header's length (uint32), the header (JSON), then the arrays it lists, little endian,
 *  each at a multiple of four bytes. They are views into the one buffer: nothing is copied. Matching is
 *  greedy from the most confident prediction down, so what one found does not depend on those below it,
 *  and a match holds at every confidence. */
type LabelColumns = {
  count: number;
  /** One more than there are images: those of image i begin at start[i] and end before start[i + 1]. */
  start: Int32Array;
  image: Int32Array;
  class: Int16Array;
  /** Pixels of the stored image; NaN where the evaluation is too old to know. */
  area: Float32Array;
  /** The prediction that found it, or -1. */
  match: Int32Array;
};

type PredictionColumns = {
  count: number;
  start: Int32Array;
  image: Int32Array;
  class: Int16Array;
  confidence: Float32Array;
  area: Float32Array;
  /** The label that it found, or -1; with the IoU of the two, else 0. */
  match: Int32Array;
  iou: Float32Array;
  /** Its place in ERROR_KINDS, -1 where it is right; and the label that it found or aims at, or -1. These
   *  are of masks at IoU 0.50, whatever the columns are. */
  error: Int16Array;
  target: Int32Array;
  /** 1: it lies in an ignore region and found no label, and counts nowhere. */
  ignored: Int16Array;
};

export type Basis = "mask" | "box";

export type Columns = {
  evaluation: number;
  /** Pairs that overlap more than this are matches. */
  iou: number;
  basis: Basis;
  confidenceFloor: number;
  bestConfidence: number;
  classNames: readonly string[];
  imageCount: number;
  /** Where an image stands by file name, and which image stands there. */
  placeByName: Int32Array;
  imageByName: Int32Array;
  labels: LabelColumns;
  predictions: PredictionColumns;
};

type ArrayHeader = {
  name: string;
  type: "int32" | "int16" | "float32";
  length: number;
  offset: number;
};
type Header = {
  format: number;
  evaluation: number;
  iou: number;
  basis: Basis;
  confidence_floor: number;
  best_confidence: number;
  class_names: string[];
  image_count: number;
  label_count: number;
  prediction_count: number;
  arrays: ArrayHeader[];
};

const KINDS = { int32: Int32Array, int16: Int16Array, float32: Float32Array };
type Kinds = { int32: Int32Array; int16: Int16Array; float32: Float32Array };
const FORMAT = 1;

/** Throws an Error with a sentence for bytes that are no columns, or columns of another format. */
export function parseColumns(bytes: ArrayBuffer): Columns {
  const { header, begin } = readHeader(bytes);
  const array = <K extends keyof Kinds>(name: string, type: K, length: number): Kinds[K] => {
    const found = header.arrays.find((entry) => entry.name === name);
    const end = found ? begin + found.offset + length * KINDS[type].BYTES_PER_ELEMENT : Infinity;
    if (!found || found.type !== type || found.length !== length || end > bytes.byteLength)
      throw new Error(`The server's answer lacks the column ${name}. Load the page again.`);
    return new KINDS[type](bytes, begin + found.offset, length) as Kinds[K];
  };
  const { image_count: images, label_count: labels, prediction_count: predictions } = header;
  const placeByName = array("image_place", "int32", images);
  const labelStart = array("label_start", "int32", images + 1);
  const predictionStart = array("prediction_start", "int32", images + 1);
  return {
    evaluation: header.evaluation,
    iou: header.iou,
    basis: header.basis,
    confidenceFloor: header.confidence_floor,
    bestConfidence: header.best_confidence,
    classNames: header.class_names,
    imageCount: images,
    placeByName,
    imageByName: inverse(placeByName),
    labels: {
      count: labels,
      start: labelStart,
      image: owners(labelStart, labels),
      class: array("label_class", "int16", labels),
      area: array("label_area", "float32", labels),
      match: array("label_match", "int32", labels),
    },
    predictions: {
      count: predictions,
      start: predictionStart,
      image: owners(predictionStart, predictions),
      class: array("prediction_class", "int16", predictions),
      confidence: array("prediction_confidence", "float32", predictions),
      area: array("prediction_area", "float32", predictions),
      match: array("prediction_match", "int32", predictions),
      iou: array("prediction_iou", "float32", predictions),
      error: array("prediction_error", "int16", predictions),
      target: array("prediction_target", "int32", predictions),
      ignored: array("prediction_ignored", "int16", predictions),
    },
  };
}

function readHeader(bytes: ArrayBuffer): { header: Header; begin: number } {
  const length = bytes.byteLength >= 4 ? new DataView(bytes).getUint32(0, true) : Infinity;
  if (4 + length > bytes.byteLength) throw new Error("The server's answer is cut off. Load the page again.");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as Header;
  if (header.format !== FORMAT) throw new Error("This page is older than the server. Load it again.");
  return { header, begin: 4 + length };
}

/** Which image each object is of. */
function owners(start: Int32Array, count: number): Int32Array {
  const image = new Int32Array(count);
  for (let i = 0; i + 1 < start.length; i++) image.fill(i, start[i], start[i + 1]);
  return image;
}

function inverse(places: Int32Array): Int32Array {
  const result = new Int32Array(places.length);
  for (let i = 0; i < places.length; i++) result[places[i] as number] = i;
  return result;
}
