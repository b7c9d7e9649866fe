import type { Run } from "@/api/types";

/** Of a run that was brought in nothing is live: what it is worth is what a person came for. */
export function opensOnResults({ origin, state }: Pick<Run, "origin" | "state">): boolean {
  return origin !== "here" && state === "finished";
}
