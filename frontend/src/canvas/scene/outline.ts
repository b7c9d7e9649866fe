import { thinRing } from "../geometry/simplify";
import type { Polygons } from "../geometry/types";

/** Points closer together than this on the screen are not worth drawing. */
const STEP_PX = 0.7;

/** Rings flattened over all parts; the even-odd rule over them gives body and holes of one instance. */
export type FlatRings = readonly ArrayLike<number>[];

/**
 * The rings of one instance at the detail that a scale needs. Levels are powers of two and made when first drawn;
 * at and above 1:1 the exact points are used.
 */
export class Outline {
  readonly #polygons: Polygons;
  readonly #levels = new Map<number, FlatRings>();

  constructor(polygons: Polygons) {
    this.#polygons = polygons;
  }

  at(pixelsPerUnit: number): FlatRings {
    const level = levelOf(pixelsPerUnit);
    let rings = this.#levels.get(level);
    if (!rings) {
      rings = this.#make(level);
      this.#levels.set(level, rings);
    }
    return rings;
  }

  #make(level: number): FlatRings {
    const rings = this.#polygons.flat();
    if (level === 0) return rings;
    return rings.map((ring) => thinRing(ring, STEP_PX * 2 ** level)).filter((ring) => ring.length >= 6);
  }
}

/** 0 = every point; n = the scale is at most 1 / 2^n of the image's pixels. */
export function levelOf(pixelsPerUnit: number): number {
  return Math.max(0, Math.floor(Math.log2(1 / pixelsPerUnit)));
}
