import type { Box, Polygons } from "../geometry/types";
import type { ToolName } from "./tools";

/** What becomes of an outline that is no object of its own: more of an object, or less of it. */
export type Aim = { readonly purpose: "add" | "cut"; readonly target: string };

/** Flat points through what belongs to the object in a box, or through what does not. */
export type Stroke = {
  readonly line: readonly number[];
  readonly isOutside: boolean;
  /** The outline over which it was drawn. */
  readonly over?: Polygons;
};

/**
 * What is drawn but not in the document yet: an outline, the line of a knife, an outline that was found in a box.
 * `undone` holds points that were taken back, flat, those that return first last.
 */
export type Work = { readonly aim: Aim | null } & (
  | {
      readonly kind: "outline";
      readonly tool: "draw" | "wire";
      readonly points: readonly number[];
      readonly undone: readonly number[];
      /** Live wire: numbers in `points` before each piece that a click has fixed. */
      readonly pieces: readonly number[];
    }
  | { readonly kind: "line"; readonly points: readonly number[]; readonly undone: readonly number[] }
  | {
      readonly kind: "offer";
      readonly box: Box;
      readonly strokes: readonly Stroke[];
      /** Null where the outline has still to be looked for. */
      readonly polygons: Polygons | null;
    }
);

/** The tool that goes on with work that was put down. */
export function toolOf(work: Work): ToolName {
  return work.kind === "outline" ? work.tool : work.kind === "line" ? "slice" : "box";
}

/** More than what was taken back. */
export function hasSomething(work: Work | null): boolean {
  return work !== null && (work.kind === "offer" || work.points.length > 0);
}

/** The same drawn; what it is drawn for may change while it is in hand. */
export function sameWork(a: Work | null, b: Work | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.kind === "offer" || b.kind === "offer")
    return a.kind === "offer" && b.kind === "offer" && sameJson([a.box, a.strokes], [b.box, b.strokes]);
  return a.kind === b.kind && sameNumbers(a.points, b.points) && sameNumbers(a.undone, b.undone);
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
