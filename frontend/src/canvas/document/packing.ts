/** A history as it is kept between visits: not documents but the steps between neighbours, and what it ends in. */
import type { Polygons } from "../geometry/types";
import type { AnnotationDocument, Instance } from "../model/document";
import type { Entry, History } from "./history";
import type { Work } from "../model/work";

/** So many instances of the neighbouring document, from this one on; or an instance that it does not have. */
type Piece = readonly [start: number, count: number] | Instance;
type Step = {
  readonly label: string;
  readonly pieces: readonly Piece[];
  readonly hand?: Work | null;
  readonly left?: Work | null;
};

/** Nearest to the present first. */
export type PackedHistory = {
  readonly past: readonly Step[];
  readonly future: readonly Step[];
  /** Of the document that the history ends in. */
  readonly digest: string;
};

/** What one packed history may take, about; the steps farthest from the present go first. */
const PACKED_BYTES = 2_000_000;

/** Packs again and again as a history grows, and works out each step once. */
export class HistoryPacker {
  readonly #steps = new WeakMap<AnnotationDocument, WeakMap<AnnotationDocument, readonly Piece[]>>();

  pack({ past, present, future }: History, mostBytes = PACKED_BYTES): PackedHistory {
    let left = mostBytes;
    const stepsTo = (entries: readonly Entry[]): Step[] => {
      const steps: Step[] = [];
      let from = present;
      for (const { document, ...entry } of entries.toReversed()) {
        const pieces = this.#between(from, document);
        left -= bytesOf(pieces) + bytesOfWork(entry.hand) + bytesOfWork(entry.left);
        if (left < 0) break;
        steps.push({ ...entry, pieces });
        from = document;
      }
      return steps;
    };
    return { past: stepsTo(past), future: stepsTo(future), digest: digestOf(present) };
  }

  #between(from: AnnotationDocument, to: AnnotationDocument): readonly Piece[] {
    let known = this.#steps.get(from);
    if (!known) this.#steps.set(from, (known = new WeakMap()));
    let pieces = known.get(to);
    if (!pieces) known.set(to, (pieces = piecesBetween(from, to)));
    return pieces;
  }
}

/** The history again, ending in `present`; null when it had ended in another document. */
export function unpackHistory(packed: PackedHistory, present: AnnotationDocument): History | null {
  if (packed.digest !== digestOf(present)) return null;
  const entriesOf = (steps: readonly Step[]): Entry[] => {
    const entries: Entry[] = [];
    let from = present;
    for (const { pieces, ...step } of steps) {
      from = { instances: pieces.flatMap((piece) => (isRun(piece) ? run(from, piece) : piece)) };
      entries.push({ ...step, document: from });
    }
    return entries.reverse();
  };
  return { past: entriesOf(packed.past), present, future: entriesOf(packed.future) };
}

function isRun(piece: Piece): piece is readonly [number, number] {
  return Array.isArray(piece);
}

function run(document: AnnotationDocument, [start, count]: readonly [number, number]): readonly Instance[] {
  return document.instances.slice(start, start + count);
}

function piecesBetween(from: AnnotationDocument, to: AnnotationDocument): readonly Piece[] {
  const [a, b] = [from.instances, to.instances];
  // What is equal at both ends is one run each: only what lies between is looked up.
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  let [endA, endB] = [a.length, b.length];
  while (endA > same && endB > same && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  const places = new Map(a.slice(same, endA).map((instance, i) => [instance, same + i]));
  const pieces: Piece[] = [];
  let start = 0;
  let count = same;
  const endRun = (): void => {
    if (count > 0) pieces.push([start, count]);
    count = 0;
  };
  for (const instance of b.slice(same, endB)) {
    const place = places.get(instance);
    if (place !== undefined && count > 0 && place === start + count) {
      count++;
      continue;
    }
    endRun();
    if (place === undefined) pieces.push(instance);
    else [start, count] = [place, 1];
  }
  const rest = a.length - endA;
  if (rest > 0 && (count === 0 || start + count !== endA)) {
    endRun();
    start = endA;
  }
  count += rest;
  endRun();
  return pieces;
}

const RUN_BYTES = 20;
const INSTANCE_BYTES = 120;
const NUMBER_BYTES = 9;

function bytesOf(pieces: readonly Piece[]): number {
  return pieces.reduce(
    (sum, piece) =>
      sum + (isRun(piece) ? RUN_BYTES : INSTANCE_BYTES + NUMBER_BYTES * numbersIn(piece.polygons)),
    0,
  );
}

function bytesOfWork(work: Work | null | undefined): number {
  if (!work) return 0;
  const numbers =
    work.kind === "offer"
      ? numbersIn(work.polygons ?? []) + work.strokes.reduce((sum, { line }) => sum + line.length, 0)
      : work.points.length + work.undone.length;
  return INSTANCE_BYTES + NUMBER_BYTES * numbers;
}

function numbersIn(polygons: Polygons): number {
  return polygons.reduce((sum, polygon) => sum + polygon.reduce((n, ring) => n + ring.length, 0), 0);
}

// ---- digests: 64 bits by two multiplicative hashes; they tell documents apart, they keep nothing secret ----------

type Digest = readonly [number, number];

const digests = new WeakMap<Instance, Digest>();
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The same for documents of equal content; a property that is empty counts as one that is not there. */
export function digestOf({ instances }: AnnotationDocument): string {
  const hash = new Hash();
  for (const instance of instances) {
    let digest = digests.get(instance);
    if (!digest) {
      const own = new Hash();
      own.add(instance);
      digests.set(instance, (digest = own.value));
    }
    hash.word(digest[0]);
    hash.word(digest[1]);
  }
  return hash.value.map((part) => part.toString(16).padStart(8, "0")).join("");
}

class Hash {
  #a = 0x9e3779b9;
  #b = 0x85ebca6b;

  get value(): Digest {
    return [this.#a >>> 0, this.#b >>> 0];
  }

  word(word: number): void {
    this.#a = Math.imul(this.#a ^ word ^ (this.#a >>> 15), 0x2c1b3c6d);
    this.#b = Math.imul((this.#b ^ (this.#b >>> 13)) + word, 0x297a2d39);
  }

  add(value: unknown): void {
    if (typeof value === "number") {
      double[0] = value;
      this.word(words[0] as number);
      this.word(words[1] as number);
    } else if (typeof value === "string") {
      this.word(value.length);
      for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
    } else if (Array.isArray(value)) {
      this.word(value.length);
      for (const each of value) this.add(each);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, each] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (!each) continue;
        this.add(name);
        this.add(each);
      }
    } else {
      this.word(value === true ? 1 : 2);
    }
  }
}
