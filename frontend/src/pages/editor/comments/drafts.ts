import type { CommentPlace } from "@/api/comments";

/** A comment that is being written: kept by this window until it is sent or given up, also over a reload. */
export type CommentDraft = { readonly place: CommentPlace; readonly text: string };

const nameOf = (image: string): string => `segloop-comment-${image}`;

export function readDraft(image: string): CommentDraft | null {
  try {
    const stored = JSON.parse(
      sessionStorage.getItem(nameOf(image)) ?? "null",
    ) as Partial<CommentDraft> | null;
    return stored?.place && typeof stored.text === "string"
      ? { place: stored.place, text: stored.text }
      : null;
  } catch {
    return null;
  }
}

export function writeDraft(image: string, draft: CommentDraft | null): void {
  try {
    if (draft) sessionStorage.setItem(nameOf(image), JSON.stringify(draft));
    else sessionStorage.removeItem(nameOf(image));
  } catch {
    // A full or forbidden store only means that a reload loses the text.
  }
}
