import type { BulkResult } from "@/api/types";
import { plural } from "@/lib/format";

/** So many are named; of the others it is said how many they are. */
const NAMED = 3;

/** What was refused, a sentence for each reason: "heron.jpg, duck.jpg: It is not done yet." */
export function describeRefused(
  { skipped }: BulkResult,
  nameOf: (id: string) => string | undefined,
): string[] {
  const byReason = new Map<string, string[]>();
  for (const { id, reason } of skipped) byReason.set(reason, [...(byReason.get(reason) ?? []), id]);
  return [...byReason].map(([reason, ids]) => {
    const names = ids.flatMap((id) => nameOf(id) ?? []).slice(0, NAMED);
    const others = ids.length - names.length;
    if (names.length === 0) return `${plural(others, "image")}: ${reason}`;
    return `${names.join(", ")}${others > 0 ? ` and ${plural(others, "other image")}` : ""}: ${reason}`;
  });
}
