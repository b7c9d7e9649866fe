import type { FolderChange, FolderJob } from "@/api/types";

export type Chosen = {
  value: string;
  label: string;
  subject: "image" | "label";
  kind: "added" | "changed" | "moved" | "removed";
};

/** Kinds of changes that are decided about. */
export const FILTERS: Chosen[] = [
  { value: "image-added", label: "New images", subject: "image", kind: "added" },
  { value: "image-changed", label: "Changed images", subject: "image", kind: "changed" },
  { value: "image-moved", label: "Moved images", subject: "image", kind: "moved" },
  { value: "image-removed", label: "Removed images", subject: "image", kind: "removed" },
  { value: "label-added", label: "New labels", subject: "label", kind: "added" },
  { value: "label-changed", label: "Changed labels", subject: "label", kind: "changed" },
  { value: "label-removed", label: "Removed labels", subject: "label", kind: "removed" },
];

export const JOB_WORDS: Record<FolderJob["action"], string> = {
  look: "Looking at the folder",
  take: "Taking changes in",
  put_back: "Putting changes back",
};

export const SETTLE_WORDS: Record<FolderJob["action"], string> = {
  look: "looked at",
  take: "taken in",
  put_back: "put back",
};

const SUBJECT: Record<FolderChange["subject"], string> = { image: "Image", label: "Label" };

/** "Label changed", "New image". */
export function changeWords({ subject, kind }: Pick<FolderChange, "subject" | "kind">): string {
  if (kind === "strange") return "Left alone";
  return kind === "added" ? `New ${subject}` : `${SUBJECT[subject]} ${kind}`;
}

export const KIND_COLORS: Record<FolderChange["kind"], string> = {
  added: "green",
  changed: "blue",
  moved: "violet",
  removed: "red",
  strange: "gray",
};
