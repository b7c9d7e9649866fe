import { useEffect, useState, useSyncExternalStore } from "react";
import type { DatasetClass, Photograph } from "@/api/types";
import type { History } from "@/canvas/document/history";
import type { Editor } from "@/canvas/editor/editor";
import { makeEditor } from "@/canvas/make-editor";
import type { EditorState } from "@/canvas/model/state";
import { isMidGesture } from "@/canvas/stage/stage";
import { readPreferences } from "./preferences";
import { HistoryKeeper } from "./sync/histories";
import type { AnnotationSaver } from "./sync/saver";
import { histories, savers } from "./sync/savers";
import { describeReplacement } from "./sync/sentences";

/** What is to be opened: the annotation of an image, or a second one of its own name. */
export type Source = {
  /** As savers know it (`sync/places`). */
  readonly key: string;
  readonly image: Photograph;
  /** Of the annotation. */
  readonly revision: number;
};

/** One image opened for editing. */
export type Editing = {
  readonly image: Photograph;
  readonly editor: Editor;
  readonly saver: AnnotationSaver;
};

type Opened = { id: string; attempt: number } & ({ editing: Editing } | { error: unknown });

function openEditor(
  image: Photograph,
  saver: AnnotationSaver,
  classes: readonly DatasetClass[],
  history: History | null,
): Editor {
  const size = { width: image.width, height: image.height };
  const ended = history?.present === saver.document ? history : undefined;
  const editor = makeEditor(size, saver.document, ended);
  const { opacity, tool, snaps, byKeys, strokeTolerance, ...kept } = readPreferences();
  editor.look.set({ opacity, colorBy: kept.colorBy, labels: kept.labels });
  editor.options.set({ snaps, byKeys, selectsNew: kept.selectsNew });
  editor.outlines.setTolerance(strokeTolerance);
  if (kept.brushRadius !== null) editor.options.set({ brushRadius: kept.brushRadius });
  editor.setTool(tool);
  const usable = classes.filter((each) => !each.is_retired);
  const usedLast = (ids: Readonly<Record<string, number>>): DatasetClass | undefined =>
    usable.find((each) => each.id === ids[image.dataset]);
  const last = usedLast(kept.classes) ?? usable[0];
  if (last) editor.outlines.chooseClass(last.id);
  editor.outlines.setLastDrawn({
    tool: kept.drawTool,
    classId: (usedLast(kept.drawnClasses) ?? last)?.id ?? null,
  });
  const { points, undone } = saver.draft;
  if (points.length > 0) editor.resumeDraft(points, undone, saver.draftAim);
  return editor;
}

async function openEditing(
  user: number,
  { key, image }: Source,
  classes: readonly DatasetClass[],
): Promise<Editing> {
  const saver = await savers.open(user, key);
  const history = await histories.read(user, key, saver.document).catch(() => savers.noteUnkept());
  return { image, saver, editor: openEditor(image, saver, classes, history) };
}

/** Opens the annotation of an image, with what this device still keeps of it. */
export function useEditing(
  user: number,
  source: Source | undefined,
  classes: readonly DatasetClass[] | undefined,
): { editing: Editing | null; error: unknown; retry: () => void } {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [attempt, setAttempt] = useState(0);
  const isReady = source !== undefined && classes !== undefined;
  const id = source?.key;

  useEffect(() => {
    if (!source || !classes) return;
    const { key } = source;
    let isWanted = true;
    openEditing(user, source, classes).then(
      (editing) => {
        if (isWanted) setOpened({ id: key, attempt, editing });
      },
      (error: unknown) => {
        if (isWanted) setOpened({ id: key, attempt, error });
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
    return connect(user, opened.editing);
  }, [user, opened]);

  const current = opened && opened.id === id && opened.attempt === attempt ? opened : null;
  const editing = current && "editing" in current ? current.editing : null;
  const revision = source?.revision;
  // The image is asked for again when the server tells of a change, and after a time in which it could not tell.
  useEffect(() => {
    if (revision !== undefined) editing?.saver.follow(revision);
  }, [editing, revision]);
  return {
    editing,
    error: current && "error" in current ? current.error : null,
    retry: () => setAttempt((n) => n + 1),
  };
}

/**
 * Every edit goes to the saver, every point of an unfinished outline to its journal, the history to the browser; what
 * the saver takes in from elsewhere comes back to the editor.
 */
function connect(user: number, { editor, saver }: Editing): () => void {
  const onFailure = (): void => void savers.noteUnkept();
  const keeper = new HistoryKeeper({ user, image: saver.image, histories, onFailure });
  void histories.clean(user, Date.now()).catch(onFailure);
  let { history } = editor.edits;
  let { points: draft } = editor.draft;
  let aim = saver.draftAim;
  const stops = [
    editor.on("document", (document) => saver.edit(document)),
    editor.on("cursor", () => saver.setMidGesture(isMidGesture(editor.tool))),
    editor.on("change", () => {
      if (editor.edits.history !== history) keeper.keep((history = editor.edits.history));
      const isSameAim =
        editor.aiming.aim?.target === aim?.target && editor.aiming.aim?.purpose === aim?.purpose;
      if (editor.draft.points === draft && (isSameAim || draft.length === 0)) return;
      [draft, aim] = [editor.draft.points, editor.aiming.aim];
      saver.keepDraft(draft, editor.draft.undone, aim);
    }),
    saver.on("replaced", (replacement) => {
      const { label, sentence } = describeReplacement(replacement);
      if (replacement.kind === "newer") editor.load(replacement.document);
      else editor.edits.apply(label, () => replacement.document);
      editor.notify(sentence);
    }),
  ];
  // Between opening and here a merge may have ended.
  if (saver.document !== editor.document) editor.edits.apply("Merge", () => saver.document);
  const flush = (): void => void keeper.flush();
  const leave = (): void => {
    editor.putDown();
    flush();
  };
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", flush);
  return () => {
    window.removeEventListener("pagehide", leave);
    document.removeEventListener("visibilitychange", flush);
    editor.putDown();
    stops.forEach((stop) => stop());
    saver.setMidGesture(false);
    flush();
  };
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

/** Changes of this image that wait for the server. */
export function useUnsavedCount(saver: AnnotationSaver): number {
  return useSyncExternalStore(
    (onChange) => saver.on("change", onChange),
    () => saver.unsavedCount,
  );
}

/** What else waits for the server, besides this image. */
export function useWaiting(image: string): { images: number; changes: number } {
  const words = useSyncExternalStore(
    (onChange) => savers.on("change", onChange),
    () => {
      const waiting = savers.waiting(image);
      return `${waiting.length} ${waiting.reduce((sum, saver) => sum + saver.unsavedCount, 0)}`;
    },
  );
  const [images = 0, changes = 0] = words.split(" ").map(Number);
  return { images, changes };
}
