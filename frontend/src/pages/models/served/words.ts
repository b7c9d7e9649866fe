import type { ServedCandidate, ServedTarget } from "@/api/types";

/** A model behind a name, in a line. */
export function targetWords(target: ServedTarget): string {
  return target.name;
}

export function targetAddress(target: ServedTarget): string | null {
  return target.run === null ? null : `/runs/${target.run}`;
}

/** Milliseconds, short enough for a table. */
export function formatMilliseconds(milliseconds: number | null): string {
  if (milliseconds === null) return "–";
  if (milliseconds === 0) return "0 ms";
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 10_000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export const PART_WORDS: Record<string, string> = {
  decode: "Decode the image",
  wait: "Wait (queue, batch, network)",
  load: "Load the model",
  model: "Model",
  masks: "Masks to polygons",
  answer: "Write the answer",
  whole: "Whole request",
};

const ERROR_WORDS: Record<string, string> = {
  unreadable_image: "Image that cannot be read",
  too_large: "Image too large",
  invalid: "Request not understood",
  bad_address: "Address not downloaded from",
  class_missing: "Class that the model lacks",
  limit_reached: "Limit of a token reached",
  queue_full: "Queue full",
  time_limit: "Out of time",
  no_worker: "No worker",
  model_failed: "Model failed",
};

export const errorWords = (code: string): string => ERROR_WORDS[code] ?? code.replaceAll("_", " ");

export function speedWords(candidate: ServedCandidate): string {
  if (candidate.speeds.length === 0) return "not measured";
  return candidate.speeds
    .map(({ milliseconds, device_name }) => `${formatMilliseconds(milliseconds)} on ${device_name}`)
    .join(", ");
}

/** A name that the server takes: as somebody types it. */
export function nameProblem(name: string): string | null {
  if (name === "") return null;
  if (!/^[a-z0-9][a-z0-9_-]{0,59}$/.test(name)) return "Small letters, digits, “-” and “_”: helmets, cats-v2";
  return /^\d+$/.test(name) ? "Not digits alone: that would be a run’s number" : null;
}
