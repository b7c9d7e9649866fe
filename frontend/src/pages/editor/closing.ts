/** What is in hand when an image is marked done: it is closed where it can be, and can be opened again. */
import type { Editor } from "@/canvas/editor/editor";
import { deleteInstances } from "@/canvas/document/actions";
import { isInHand } from "@/canvas/operations/drawing";
import { isMidGesture } from "@/canvas/stage/stage";

/** An outline that was closed on the way out. */
export type Closed = {
  readonly points: readonly number[];
  /** What became of the outline, as the history calls it. */
  readonly label: string | null;
  readonly purpose: "new" | "add" | "cut";
  /** The object made of it, or the one that it was added to or cut from. */
  readonly id: string | null;
};

export type Outcome =
  { readonly kind: "empty" | "stays" } | { readonly kind: "closed"; readonly closed: Closed };

/** Closes the outline in hand, or takes the one on offer. Where it cannot be, it stays and the editor says why. */
export function closeInHand(editor: Editor): Outcome {
  if (!isInHand(editor)) return { kind: "empty" };
  if (isMidGesture(editor.tool)) {
    editor.notify("A stroke is not finished: let go first. The image is not done yet.");
    return { kind: "stays" };
  }
  const { points } = editor.draft;
  const { offer, purpose, tool } = editor.state;
  if (offer === "looking") {
    editor.notify("The outline is still being looked for. The image is not done yet: wait, or press Escape.");
    return { kind: "stays" };
  }
  if (offer === null && points.length < 6) {
    editor.notify(
      "An open outline has fewer than three points. The image is not done yet: go on drawing, or press Escape.",
    );
    return { kind: "stays" };
  }
  const before = editor.document;
  const target = editor.aiming.target?.id;
  editor.confirm();
  if (isInHand(editor) || editor.document === before) return { kind: "stays" };
  const id = purpose === "new" ? (editor.document.instances.at(-1)?.id ?? null) : (target ?? null);
  // An outline on offer was found in a box, point by point it cannot be gone back to.
  const closed = { points: tool === "box" ? [] : points, label: editor.state.undoLabel, purpose, id };
  return { kind: "closed", closed };
}

/** As it was before: the object gone, the outline in hand. */
export function reopen(editor: Editor, { points, label, purpose, id }: Closed): void {
  if (label !== null && editor.state.undoLabel === label) editor.undo();
  else if (purpose === "new" && id !== null)
    editor.edits.apply("Open outline again", deleteInstances(new Set([id])));
  if (purpose !== "new" && id !== null && editor.scene.item(id)) editor.outlines.aimAt(purpose, id);
  if (points.length > 0) editor.resumeDraft(points);
}
