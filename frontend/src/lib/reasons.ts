import type { SendBackReason } from "@/api/types";

/** What is wrong with an annotation that is sent back, in the order of the checks. */
export const SEND_BACK_REASONS: readonly SendBackReason[] = ["missing", "extra", "wrong_class", "loose"];

export const REASON_WORDS: Record<SendBackReason, string> = {
  missing: "Objects missing",
  extra: "Too many objects",
  wrong_class: "Wrong class",
  loose: "Loose outline",
};

/** "objects missing, loose outline"; "" for none. */
export function describeReasons(reasons: readonly SendBackReason[]): string {
  return reasons.map((reason) => REASON_WORDS[reason].toLowerCase()).join(", ");
}
