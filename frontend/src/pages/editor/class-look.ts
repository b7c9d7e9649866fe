/** What the page calls a class, and how it shows it. */
import type { DatasetClass } from "@/api/types";
import { IGNORED_COLOR, IGNORED_NAME } from "@/canvas/model/style";

/** Name and colour of a class; of no class: an ignore region. */
export type ClassLook = { readonly name: string; readonly color: string; readonly isIgnored: boolean };

export const IGNORE_LOOK: ClassLook = { name: IGNORED_NAME, color: IGNORED_COLOR, isIgnored: true };

export function lookOf(
  classNames: ReadonlyMap<number, DatasetClass>,
  classId: number | null,
): ClassLook | undefined {
  if (classId === null) return IGNORE_LOOK;
  const its = classNames.get(classId);
  return its && { name: its.name, color: its.color, isIgnored: false };
}

/** Told apart without colours, too. */
const HATCHING = "repeating-linear-gradient(-45deg, #202526 0 2px, #ffffff 2px 4px, #727272 4px 6px)";

/** The background of the small square that stands for a class, as CSS. */
export function swatchOf(classId: number | null, color: string | undefined): string | undefined {
  return classId === null ? HATCHING : color;
}
