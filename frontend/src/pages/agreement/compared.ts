import type { Compared, ComparedDetail, User } from "@/api/types";
import type { Mask } from "@/components/MaskOverlay";

/** Of the palette that any colour vision tells apart; the dash tells them apart without colour. */
export const FIRST = { color: "#f0e442", dash: undefined } as const;
export const SECOND = { color: "#56b4e9", dash: "7 5" } as const;

export const STATE_WORDS: Record<Compared["state"], string> = {
  in_progress: "Being drawn",
  done: "Open",
  kept_first: "Kept the first",
  took_second: "Took the second",
};

export function nameOf(user: User | null): string {
  return user ? user.display_name || user.username : "Not known";
}

/** Objects that one of the two alone has, by their places. */
export function aloneIn({ first, second, matches }: Pick<ComparedDetail, "first" | "second" | "matches">): {
  first: number[];
  second: number[];
} {
  const places = (count: number, taken: readonly number[]) =>
    Array.from({ length: count }, (_, place) => place).filter((place) => !taken.includes(place));
  return {
    first: places(
      first.length,
      matches.map((match) => match.first),
    ),
    second: places(
      second.length,
      matches.map((match) => match.second),
    ),
  };
}

/** Both annotations as outlines; what one alone has is drawn heavier. */
export function outlinesOf(detail: Pick<ComparedDetail, "first" | "second" | "matches">): Mask[] {
  const alone = aloneIn(detail);
  const draw = (side: "first" | "second", { color, dash }: typeof FIRST | typeof SECOND): Mask[] =>
    detail[side].flatMap(({ polygons }, place) =>
      polygons.flat().map((points) => ({
        points,
        color,
        ...(dash === undefined ? {} : { dash }),
        ...(alone[side].includes(place) ? { emphasis: "lit" as const } : {}),
      })),
    );
  return [...draw("first", FIRST), ...draw("second", SECOND)];
}
