import type { Instance } from "@/canvas/model/document";
import type { Aim } from "@/canvas/model/work";
import type { Difference } from "@/canvas/document/difference";
import type { Status } from "@/api/types";
import type { PackedHistory } from "@/canvas/document/packing";

/** What the server does not have yet of one image, as one window keeps it on this device. */
export type JournalEntry = {
  /** Of the person who made the changes: nobody else's session may send them. */
  readonly user: number;
  readonly image: string;
  /** Of the window that made them: two windows on one image do not overwrite each other. */
  readonly tab: string;
  readonly baseRevision: number;
  readonly difference: Difference;
  /** What `difference` changes or deletes, as it was at the base: enough to merge with what somebody else saves. */
  readonly before: readonly Instance[];
  /** Versions that were sent and never answered, each as its difference from the base. */
  readonly sent: readonly Difference[];
  readonly status: Status | null;
  /** Points of an outline that was not finished, and those taken back of it. */
  readonly draft: readonly number[];
  readonly undone: readonly number[];
  /** What that outline is drawn for, where it is to be no object of its own. */
  readonly aim?: Aim | null;
  readonly at: number;
};

/** What one history is kept as. */
export type HistoryRecord = {
  readonly user: number;
  readonly image: string;
  readonly history: PackedHistory;
  readonly at: number;
};
