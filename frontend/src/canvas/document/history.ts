import type { AnnotationDocument } from "./document";

/** One gesture = one entry. Documents share what did not change, so an entry costs an array of references. */
export type Entry = { readonly label: string; readonly document: AnnotationDocument };
export type History = {
  readonly past: readonly Entry[];
  readonly present: AnnotationDocument;
  readonly future: readonly Entry[];
};

export const HISTORY_LIMIT = 200;

export function startHistory(document: AnnotationDocument): History {
  return { past: [], present: document, future: [] };
}

/** `label` says what was done ("Delete 2 objects"); it is shown with Undo. */
export function commit(history: History, label: string, document: AnnotationDocument): History {
  if (document === history.present) return history;
  const past = [...history.past, { label, document: history.present }].slice(-HISTORY_LIMIT);
  return { past, present: document, future: [] };
}

export function undo(history: History): History {
  const entry = history.past.at(-1);
  if (!entry) return history;
  return {
    past: history.past.slice(0, -1),
    present: entry.document,
    future: [...history.future, { label: entry.label, document: history.present }],
  };
}

export function redo(history: History): History {
  const entry = history.future.at(-1);
  if (!entry) return history;
  return {
    past: [...history.past, { label: entry.label, document: history.present }],
    present: entry.document,
    future: history.future.slice(0, -1),
  };
}
