import type { QueuedRun } from "@/api/types";

/** "1st in the queue.", "High priority, 12th in the queue." */
export function placeWords({ position, priority }: Pick<QueuedRun, "position" | "priority">): string {
  const place = `${ordinal(position)} in the queue.`;
  return priority === "normal" ? place : `${priority === "high" ? "High" : "Low"} priority, ${place}`;
}

function ordinal(position: number): string {
  const teen = position % 100 >= 11 && position % 100 <= 13;
  const ending = teen ? "th" : (["th", "st", "nd", "rd"][position % 10] ?? "th");
  return `${position}${ending}`;
}
