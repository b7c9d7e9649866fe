/** Columns for tests and benchmarks, written as the server writes them. */
import { type Columns, parseColumns } from "./columns";

type PlainLabel = { class: number; area?: number };
export type PlainPrediction = {
  class: number;
  confidence: number;
  area?: number;
  /** The place of the label of its image that it found. */
  match?: number;
  iou?: number;
  error?: number;
  /** The place of the label of its image that it aims at, where it did not find it. */
  target?: number;
  /** It lies in an ignore region. */
  ignored?: boolean;
};
export type PlainImage = { labels: PlainLabel[]; predictions: PlainPrediction[] };

type Values = Int32Array | Int16Array | Float32Array;

/** Images are named in their order backwards, so that places and indices differ. */
export function encodeColumns(images: readonly PlainImage[], classNames: readonly string[]): ArrayBuffer {
  const labelStart = starts(images.map(({ labels }) => labels.length));
  const predictionStart = starts(images.map(({ predictions }) => predictions.length));
  const labels = images.flatMap((image) => image.labels);
  const labelMatch = new Int32Array(labels.length).fill(-1);
  const predictions = images.flatMap((image, i) =>
    image.predictions.map((prediction, rank) => {
      const match = prediction.match === undefined ? -1 : (labelStart[i] as number) + prediction.match;
      if (match >= 0) labelMatch[match] = (predictionStart[i] as number) + rank;
      const target = prediction.target === undefined ? match : (labelStart[i] as number) + prediction.target;
      return { ...prediction, match, target };
    }),
  );
  const arrays: [string, Values][] = [
    ["image_place", Int32Array.from(images, (_, i) => images.length - 1 - i)],
    ["label_start", labelStart],
    ["prediction_start", predictionStart],
    ["label_class", Int16Array.from(labels, (label) => label.class)],
    ["label_area", Float32Array.from(labels, ({ area }) => area ?? 2000)],
    ["label_match", labelMatch],
    ["prediction_class", Int16Array.from(predictions, (prediction) => prediction.class)],
    ["prediction_confidence", Float32Array.from(predictions, ({ confidence }) => confidence)],
    ["prediction_area", Float32Array.from(predictions, ({ area }) => area ?? 2000)],
    ["prediction_match", Int32Array.from(predictions, ({ match }) => match)],
    ["prediction_iou", Float32Array.from(predictions, ({ iou, match }) => (match < 0 ? 0 : (iou ?? 0.8)))],
    ["prediction_error", Int16Array.from(predictions, ({ error }) => error ?? -1)],
    ["prediction_target", Int32Array.from(predictions, ({ target }) => target)],
    ["prediction_ignored", Int16Array.from(predictions, ({ ignored }) => Number(ignored ?? false))],
    ["prediction_boundary_iou", new Float32Array(predictions.length).fill(Number.NaN)],
  ];
  return join(arrays, {
    format: 1,
    evaluation: 3,
    iou: 0.5,
    basis: "mask",
    confidence_floor: 0.05,
    best_confidence: 0.4,
    class_names: classNames,
    image_count: images.length,
    label_count: labels.length,
    prediction_count: predictions.length,
  });
}

export function makeColumns(images: readonly PlainImage[], classNames: readonly string[]): Columns {
  return parseColumns(encodeColumns(images, classNames));
}

function starts(counts: readonly number[]): Int32Array {
  const result = new Int32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) result[i + 1] = (result[i] as number) + (counts[i] as number);
  return result;
}

const aligned = (length: number): number => Math.ceil(length / 4) * 4;

function join(arrays: readonly [string, Values][], fields: object): ArrayBuffer {
  let offset = 0;
  const entries = arrays.map(([name, values]) => {
    const entry = {
      name,
      type: values instanceof Float32Array ? "float32" : values instanceof Int16Array ? "int16" : "int32",
      length: values.length,
      offset,
    };
    offset += aligned(values.byteLength);
    return entry;
  });
  const text = new TextEncoder().encode(JSON.stringify({ ...fields, arrays: entries }));
  const length = aligned(text.length);
  const bytes = new Uint8Array(4 + length + offset);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.fill(0x20, 4, 4 + length);
  bytes.set(text, 4);
  arrays.forEach(([, values], i) => {
    const at = 4 + length + (entries[i]?.offset ?? 0);
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
  });
  return bytes.buffer;
}
