/** How a class looks; colours are `#rrggbb`. */
export type ClassStyle = { readonly color: string };

export type ShapeStyle = {
  readonly classes: ReadonlyMap<number, ClassStyle>;
  /** 0 = outlines only, 1 = opaque bodies. */
  readonly opacity: number;
};

const FALLBACK = "#9aa3a4";

export function colorOf(style: ShapeStyle, classId: number): string {
  return style.classes.get(classId)?.color ?? FALLBACK;
}

export function withAlpha(color: string, alpha: number): string {
  const byte = Math.round(Math.max(0, Math.min(1, alpha)) * 255);
  return color + byte.toString(16).padStart(2, "0");
}
