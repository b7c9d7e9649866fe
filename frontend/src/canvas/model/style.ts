import { IGNORE } from "./document";

/** How a class looks; colours are `#rrggbb`. */
export type ClassStyle = { readonly color: string; readonly name?: string };

export const COLOR_BY = ["class", "object"] as const;
/** What colours tell apart: classes, or objects whatever their class. */
export type ColorBy = (typeof COLOR_BY)[number];

export type ShapeStyle = {
  readonly classes: ReadonlyMap<number, ClassStyle>;
  /** 0 = outlines only, 1 = opaque bodies. */
  readonly opacity: number;
  readonly colorBy: ColorBy;
  /** Names and numbers stand at the objects. */
  readonly labels: boolean;
  /** A number below that of `OBJECT_PALETTE` for each object, where objects are told apart. */
  readonly numberOf: (id: string) => number;
};

/** Colours of objects, told apart with any colour vision (after Okabe and Ito, and Tol). */
export const OBJECT_PALETTE = [
  "#e69f00",
  "#56b4e9",
  "#009e73",
  "#f0e442",
  "#0072b2",
  "#d55e00",
  "#cc79a7",
  "#882255",
] as const;

const FALLBACK = "#9aa3a4";
/** Of ignore regions, which are told apart by their hatching. */
export const IGNORED_COLOR = "#8a8f90";
export const IGNORED_NAME = "Ignore region";

/** `classId`: null and `IGNORE` for an ignore region. */
export function colorOf(style: ShapeStyle, classId: number | null): string {
  if (classId === null || classId === IGNORE) return IGNORED_COLOR;
  return style.classes.get(classId)?.color ?? FALLBACK;
}

export function colorOfInstance(
  style: ShapeStyle,
  { id, class_id }: { readonly id: string; readonly class_id: number | null },
): string {
  if (class_id === null) return IGNORED_COLOR;
  if (style.colorBy === "class") return colorOf(style, class_id);
  return OBJECT_PALETTE[style.numberOf(id)] ?? FALLBACK;
}

export function nameOf(style: ShapeStyle, classId: number | null): string {
  if (classId === null) return IGNORED_NAME;
  return style.classes.get(classId)?.name ?? "Unknown class";
}

export function withAlpha(color: string, alpha: number): string {
  const byte = Math.round(Math.max(0, Math.min(1, alpha)) * 255);
  return color + byte.toString(16).padStart(2, "0");
}
