import { useCallback, useEffect, useMemo, useState } from "react";
import { useRevision } from "@/api/history";
import type { Annotation, DatasetClass, Revision } from "@/api/types";
import type { AnnotationDocument } from "@/canvas/model/document";
import type { Editor } from "@/canvas/editor/editor";
import { makeEditor } from "@/canvas/make-editor";
import { plural } from "@/lib/format";
import type { Editing } from "../use-editing";
import { restoreVersion } from "./compare";

/** A revision looked at in place of the present document, which stays with its own editor and saver meanwhile. */
export type RevisionView = {
  readonly revision: Revision | null;
  /** The document as it stood then; null until it is here. */
  readonly then: AnnotationDocument | null;
  /** Shows it; nothing that is done to it reaches the server. Null until it is here. */
  readonly preview: Editor | null;
  readonly error: unknown;
  readonly retry: () => void;
  /** Null ends the view. */
  readonly open: (revision: Revision | null) => void;
  /** One edit of the present document, saved as any other. */
  readonly restore: () => void;
};

export function useRevisionView(
  editing: Editing | null,
  classNames: ReadonlyMap<number, DatasetClass>,
): RevisionView {
  const image = editing?.image.id ?? "";
  const [opened, setOpened] = useState<{ image: string; revision: Revision } | null>(null);
  const revision = opened !== null && opened.image === image ? opened.revision : null;
  const { data, error, refetch } = useRevision(image, revision?.number ?? null);
  const annotation = revision !== null && data?.revision === revision.number ? data : null;
  const shown = useMemo(
    () => (annotation && editing ? makePreview(editing.editor, annotation) : null),
    [annotation, editing],
  );

  useEffect(() => shown?.preview.look.setClasses(classNames), [shown, classNames]);
  useEffect(() => {
    if (!shown || !editing) return;
    const { editor } = editing;
    // Coming back, one looks at the same place.
    return () => editor.viewport.lookAs(shown.preview.viewport);
  }, [shown, editing]);

  useEffect(() => setOpened(null), [image]);
  const open = useCallback(
    (wanted: Revision | null) => setOpened(wanted && { image, revision: wanted }),
    [image],
  );

  const restore = useCallback(() => {
    if (!editing || !shown || !revision) return;
    const { editor } = editing;
    const { document, leftOut } = restoreVersion(shown.then, editor.document, (id) => classNames.has(id));
    setOpened(null);
    const isNews = document !== editor.document;
    editor.edits.apply(`Restore revision ${revision.number}`, () => document);
    const done = isNews
      ? `Revision ${revision.number} is restored. Undo takes that back.`
      : "It is the same as now: nothing had to be restored.";
    const left = leftOut > 0 ? ` Left out: ${plural(leftOut, "object")} of a class that was deleted.` : "";
    editor.notify(done + left);
  }, [editing, shown, revision, classNames]);

  return {
    revision,
    then: shown?.then ?? null,
    preview: shown?.preview ?? null,
    error: revision ? error : null,
    retry: () => void refetch(),
    open,
    restore,
  };
}

function makePreview(
  editor: Editor,
  { instances }: Annotation,
): { then: AnnotationDocument; preview: Editor } {
  const then = { instances };
  const preview = makeEditor(editor.size, then);
  preview.look.set({ opacity: editor.state.opacity });
  preview.setTool("pan");
  preview.viewport.lookAs(editor.viewport);
  return { then, preview };
}
