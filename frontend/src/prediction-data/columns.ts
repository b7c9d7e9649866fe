/** Every object of a prediction as columns of numbers, without its outline, read from the server's binary answer:
 *  the header's length (uint32), the header (JSON), then the arrays that it lists. They are views into the one buffer. */
export type Columns = {
  /** The server has counted every image; until then the page asks again. */
  isWhole: boolean;
  imageCount: number;
  classNames: readonly string[];
  /** Of each image, by which it is asked for. */
  position: Uint32Array;
  hasError: Uint8Array;
  /** One more than there are images: the objects of image i lie from start[i] up to start[i + 1]. */
  start: Uint32Array;
  /** Images in the order of their names. */
  byName: Uint32Array;
  classIndex: Uint16Array;
  /** Of a confidence: 259 is 0.259 to 0.25999. The most confident of an image comes first. */
  thousandths: Uint16Array;
  /** Of a video; null for images. */
  timeMs: Uint32Array | null;
};

type ArrayHeader = { name: string; type: keyof typeof KINDS; length: number; offset: number };
type Header = {
  format: number;
  is_whole: boolean;
  image_count: number;
  instance_count: number;
  class_names: string[];
  arrays: ArrayHeader[];
};
type Kinds = { uint32: Uint32Array; uint16: Uint16Array; uint8: Uint8Array };

const KINDS = { uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array };
const FORMAT = 1;

/** Throws an Error with a sentence for bytes that are no columns, or columns of another format. */
export function parseColumns(bytes: ArrayBuffer): Columns {
  const length = bytes.byteLength >= 4 ? new DataView(bytes).getUint32(0, true) : Infinity;
  const begin = 4 + length;
  if (begin > bytes.byteLength) throw new Error("The server's answer is cut off. Load the page again.");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as Header;
  if (header.format !== FORMAT) throw new Error("This page is older than the server. Load it again.");
  const { image_count: images, instance_count: objects } = header;
  const find = (name: string) => header.arrays.find((entry) => entry.name === name);
  const array = <K extends keyof Kinds>(name: string, type: K, count: number): Kinds[K] => {
    const found = find(name);
    const end = found ? begin + found.offset + count * KINDS[type].BYTES_PER_ELEMENT : Infinity;
    if (!found || found.type !== type || found.length !== count || end > bytes.byteLength)
      throw new Error(`The server's answer lacks the column ${name}. Load the page again.`);
    return new KINDS[type](bytes, begin + found.offset, count) as Kinds[K];
  };
  return {
    isWhole: header.is_whole,
    imageCount: images,
    classNames: header.class_names,
    position: array("position", "uint32", images),
    hasError: array("has_error", "uint8", images),
    start: array("start", "uint32", images + 1),
    byName: array("by_name", "uint32", images),
    classIndex: array("class_index", "uint16", objects),
    thousandths: array("thousandths", "uint16", objects),
    timeMs: find("time_ms") ? array("time_ms", "uint32", images) : null,
  };
}

/** Which image has a position; -1 where it is not there (yet). Positions rise. */
export function placeOf({ position }: Pick<Columns, "position">, wanted: number): number {
  let [low, high] = [0, position.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const here = position[middle] as number;
    if (here === wanted) return middle;
    if (here < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
