import { useEffect, useState, useSyncExternalStore } from "react";
import type { DatasetClass, ImageDetail } from "@/api/types";
import { Editor, type EditorState } from "@/canvas/editor";
import { readPreferences } from "./preferences";
import type { AnnotationSaver } from "./sync/saver";
import { savers } from "./sync/savers";

/** One image opened for editing. */
export type Editing = {
  readonly image: ImageDetail;
  readonly editor: Editor;
  readonly saver: AnnotationSaver;
};

type Opened = { id: string; attempt: number } & ({ editing: Editing } | { error: unknown });

function openEditor(image: ImageDetail, saver: AnnotationSaver, classes: readonly DatasetClass[]): Editor {
  const editor = new Editor({ width: image.width, height: image.height }, saver.document);
  const { opacity, tool, snaps, strokeTolerance, classes: lastUsed } = readPreferences();
  editor.setOpacity(opacity);
  editor.setSnaps(snaps);
  editor.setStrokeTolerance(strokeTolerance);
  editor.setTool(tool);
  const usable = classes.filter((each) => !each.is_retired);
  const last = usable.find((each) => each.id === lastUsed[image.dataset]) ?? usable[0];
  if (last) editor.chooseClass(last.id);
  if (saver.draft.length > 0) editor.resumeDraft(saver.draft);
  return editor;
}

/** Opens the annotation of an image, with what this device still keeps of it. */
export function useEditing(
  user: number,
  image: ImageDetail | undefined,
  classes: readonly DatasetClass[] | undefined,
): { editing: Editing | null; error: unknown; retry: () => void } {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [attempt, setAttempt] = useState(0);
  const isReady = image !== undefined && classes !== undefined;
  const id = image?.id;

  useEffect(() => {
    if (!image || !classes) return;
    let isWanted = true;
    savers.open(user, image.id).then(
      (saver) => {
        if (isWanted)
          setOpened({
            id: image.id,
            attempt,
            editing: { image, saver, editor: openEditor(image, saver, classes) },
          });
      },
      (error: unknown) => {
        if (isWanted) setOpened({ id: image.id, attempt, error });
      },
    );
    return () => {
      isWanted = false;
    };
    // A new answer about the same image (its status, say) must not throw away the editor and its history.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [user, id, isReady, attempt]);

  useEffect(() => {
    if (!opened || !("editing" in opened)) return;
    return connect(opened.editing);
  }, [opened]);

  const current = opened && opened.id === id && opened.attempt === attempt ? opened : null;
  return {
    editing: current && "editing" in current ? current.editing : null,
    error: current && "error" in current ? current.error : null,
    retry: () => setAttempt((n) => n + 1),
  };
}

/** Every edit goes to the saver, every point of an unfinished outline to its journal. */
function connect({ editor, saver }: Editing): () => void {
  let draft = editor.draftPoints;
  const stops = [
    editor.on("document", (document) => saver.edit(document)),
    editor.on("change", () => {
      if (editor.draftPoints === draft) return;
      draft = editor.draftPoints;
      saver.keepDraft(draft);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

export function useEditorState(editor: Editor): EditorState {
  return useSyncExternalStore(
    (onChange) => editor.on("change", onChange),
    () => editor.state,
  );
}

export function useSaveState(saver: AnnotationSaver) {
  return useSyncExternalStore(
    (onChange) => saver.on("change", onChange),
    () => saver.state,
  );
}

/** Images besides this one whose edits wait for the server. */
export function useWaiting(image: string): number {
  return useSyncExternalStore(
    (onChange) => savers.on("change", onChange),
    () => savers.waiting(image).length,
  );
}
