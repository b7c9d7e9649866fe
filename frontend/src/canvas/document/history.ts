import type { AnnotationDocument } from "../model/document";
import { hasSomething, type Work } from "../model/work";

/**
 * One gesture = one entry. Documents share what did not change, so an entry costs an array of references.
 *
 * Some entries are about what is in a hand as well: to undo (or redo) them puts `hand` into it, and they are what
 * comes next as long as `left` is what the hand holds.
 */
export type Entry = {
  readonly label: string;
  readonly document: AnnotationDocument;
  readonly hand?: Work | null;
  readonly left?: Work | null;
};
export type History = {
  readonly past: readonly Entry[];
  readonly present: AnnotationDocument;
  readonly future: readonly Entry[];
};

/** A history after an undo or a redo; `hand` is what is in the hand then, where the entry says. */
export type Moved = { readonly history: History; readonly hand?: Work | null };

export const HISTORY_LIMIT = 200;

export function startHistory(document: AnnotationDocument): History {
  return { past: [], present: document, future: [] };
}

/** `label` says what was done ("Delete 2 objects"); it is shown with Undo. */
export function commit(history: History, label: string, document: AnnotationDocument): History {
  if (document === history.present) return history;
  const past = limited([...history.past, { label, document: history.present }]);
  return { past, present: document, future: [] };
}

/**
 * What was in the hand is given up; undo brings it back. `left`: what the hand holds afterwards. The document stays, and
 * with it everything that can be redone.
 */
export function giveUp(history: History, label: string, hand: Work, left: Work | null): History {
  return { ...history, past: limited([...history.past, { label, document: history.present, hand, left }]) };
}

/** A gesture that would have made `made` is given up: as if it had been done and taken back by a step of its own. */
export function giveUpMade(history: History, label: string, made: Entry): History {
  const { past, present } = history;
  const done = { label: made.label, document: present };
  return { ...history, past: limited([...past, done, { label, document: made.document }]) };
}

/** What was in the hand is taken back by undo; redo brings it back. */
export function takeBack(history: History, label: string, hand: Work, left: Work | null): History {
  const entry = { label, document: history.present, hand, left };
  return { ...history, future: [...history.future, entry] };
}

/** Another document in the place of this one; of what came before only what was given up can be had back. */
export function restart({ past }: History, document: AnnotationDocument): History {
  const kept = past.filter(({ hand }) => hand).map((entry) => ({ ...entry, document }));
  return { past: kept, present: document, future: [] };
}

export function undo(history: History): History {
  return undone(history, null).history;
}

export function redo(history: History): History {
  return redone(history, null).history;
}

/** One step back; `inHand` is what the hand holds now. */
export function undone(history: History, inHand: Work | null): Moved {
  const entry = history.past.at(-1);
  if (!entry) return { history };
  const { back, hand } = turned(entry, history.present, inHand);
  return {
    history: {
      past: history.past.slice(0, -1),
      present: entry.document,
      future: [...history.future, back],
    },
    hand,
  };
}

/** One step forward; `inHand` is what the hand holds now. */
export function redone(history: History, inHand: Work | null): Moved {
  const entry = history.future.at(-1);
  if (!entry) return { history };
  const { back, hand } = turned(entry, history.present, inHand);
  return {
    history: {
      past: limited([...history.past, back]),
      present: entry.document,
      future: history.future.slice(0, -1),
    },
    hand,
  };
}

/** The entry that leads back, and what the hand holds after the step. */
function turned(
  entry: Entry,
  present: AnnotationDocument,
  inHand: Work | null,
): { back: Entry; hand?: Work | null } {
  const back = { label: entry.label, document: present };
  if (entry.hand !== undefined)
    return { back: { ...back, hand: inHand, left: entry.hand }, hand: entry.hand };
  // Points that were taken back would be beyond reach: the way back leads to them again.
  if (inHand && !hasSomething(inHand)) return { back: { ...back, hand: inHand, left: null }, hand: null };
  // An outline that another tool left in hand stays there: the way back is open as long as it does.
  return { back: inHand ? { ...back, left: inHand } : back };
}

function limited(entries: readonly Entry[]): readonly Entry[] {
  return entries.slice(-HISTORY_LIMIT);
}
