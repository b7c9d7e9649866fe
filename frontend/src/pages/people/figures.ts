/** What the People page shows, from what the server counted. Pure. */
import type { People, PersonFigures } from "@/api/types";
import { plural } from "@/lib/format";

/** Seconds of drawing for each image that was finished; null where none was, or nothing was timed. */
export function secondsPerImage({ active_seconds, finished }: PersonFigures): number | null {
  return finished > 0 && active_seconds > 0 ? active_seconds / finished : null;
}

/** Seconds of drawing for each object that was drawn; null where none was, or nothing was timed. */
export function secondsPerObject({ active_seconds, objects }: PersonFigures): number | null {
  return objects > 0 && active_seconds > 0 ? active_seconds / objects : null;
}

/** Of the images that had their first verdict, how many were accepted at it; null where there is none. */
export function firstPassYield({ first_pass: { judged, accepted } }: PersonFigures): number | null {
  return judged > 0 ? accepted / judged : null;
}

/** "3 images and 12 objects were imported: they are nobody's work." "" where nothing was. */
export function describeImported({ images, objects }: People["imported"]): string {
  const parts = [
    ...(images > 0 ? [plural(images, "finished image")] : []),
    ...(objects > 0 ? [plural(objects, "object")] : []),
  ];
  if (parts.length === 0) return "";
  return `${parts.join(" and ")} came with an import: they are nobody's work and are not counted here.`;
}

/** Of the verdicts about a person's work, how many sent it back; null where there is none. */
export function sentBackRate({ accepted, sent_back }: PersonFigures): number | null {
  const verdicts = accepted + sent_back;
  return verdicts > 0 ? sent_back / verdicts : null;
}

const DAY_MS = 86_400_000;

/** Every day from the first to the last of `days` ("2026-11-25"), none left out: a pause is seen as one. */
export function everyDay(days: readonly string[]): string[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const [begin, end] = [Date.parse(first), Date.parse(last)];
  return Array.from({ length: Math.round((end - begin) / DAY_MS) + 1 }, (_, i) =>
    new Date(begin + i * DAY_MS).toISOString().slice(0, 10),
  );
}

/** For each person with anything in it, what was finished on each of `days`. */
export function throughputOf(
  { people, throughput }: Pick<People, "people" | "throughput">,
  days: readonly string[],
): { name: string; counts: number[] }[] {
  return people
    .map(({ user }) => {
      const byDay = new Map(
        throughput.filter(({ user_id }) => user_id === user.id).map(({ day, finished }) => [day, finished]),
      );
      return { name: user.display_name || user.username, counts: days.map((day) => byDay.get(day) ?? 0) };
    })
    .filter(({ counts }) => counts.some((count) => count > 0));
}
