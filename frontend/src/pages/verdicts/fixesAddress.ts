import { matching, numberIn, oneOf, type Read } from "@/lib/urlState";
import { KINDS } from "./object";

export const STATES = ["open", "fixed", "dismissed"] as const;

/** Which fixes are shown, as it stands in the address. */
export const FIXES_ADDRESS = {
  state: oneOf(STATES, "open"),
  kind: oneOf(["", ...KINDS], ""),
  assignee: matching(/^(me|none|\d+)$/, ""),
  evaluation: numberIn(0, 2 ** 31, 0, 0),
};

export type FixesAddress = Read<typeof FIXES_ADDRESS>;

export const STATE_WORDS = { open: "Open", fixed: "Fixed", dismissed: "No errors" } as const;
