import type { Point } from "../geometry/types";

/** One pointer event as the tools see it. */
export type PointerInput = {
  /** In image pixels, not limited to the image. */
  readonly image: Point;
  /** In CSS pixels of the canvas. */
  readonly screen: Point;
  readonly kind: "mouse" | "pen" | "touch" | "keys";
  readonly shift: boolean;
  readonly alt: boolean;
  /** Second press of a double click. */
  readonly isDouble: boolean;
};

export const TOOL_NAMES = [
  "select",
  "draw",
  "rectangle",
  "ellipse",
  "wire",
  "box",
  "brush",
  "eraser",
  "slice",
  "pan",
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** Tools whose outlines become objects, are added to one or cut from it. */
export const DRAWS: ReadonlySet<ToolName> = new Set(["draw", "wire", "box", "rectangle", "ellipse", "brush"]);

/** Moves shorter than this are clicks with an unsteady hand. */
export function dragDistance(kind: PointerInput["kind"]): number {
  // Keys do not tremble: every step is meant.
  return kind === "keys" ? 1e-6 : kind === "mouse" ? 5 : 9;
}

/** How near (CSS pixels) counts as on. */
export function reach(kind: PointerInput["kind"]): number {
  return kind === "touch" ? 18 : kind === "pen" ? 11 : 8;
}

/** Two presses this near each other (CSS pixels) are at the same place: closer than anybody sets two points. */
export const SAME_PLACE = 3;
