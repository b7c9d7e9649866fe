import type { Polygons } from "../geometry/types";

/** What is asked of whoever finds outlines. Everything in image pixels. */
export type OutlineRequest = {
  /** x1, y1, x2, y2. */
  readonly box: readonly [number, number, number, number];
  /** Strokes through what belongs to the object, flat points each. */
  readonly inside: readonly (readonly number[])[];
  /** Strokes through what does not. */
  readonly outside: readonly (readonly number[])[];
  /** Which list each stroke comes from, oldest first: the newest stroke over a pixel wins. */
  readonly order: readonly ("inside" | "outside")[];
  /** The outline over which the newest stroke was drawn; only what is near the strokes changes. */
  readonly shown: Polygons;
  /** Half the width of the strokes. */
  readonly radius: number;
};

/** Finds the outline of what lies in a box. Rejects with an error whose message is a sentence for the person. */
export type Outliner = (request: OutlineRequest, signal: AbortSignal) => Promise<Polygons>;
