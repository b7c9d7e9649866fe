import { objectCount } from "@/canvas/model/document";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Status } from "@/api/types";
import { offerUndo } from "@/components/offerUndo";
import { type Closed, closeInHand, reopen } from "./closing";
import { finishImage } from "./finish";
import type { Editing } from "./use-editing";
import type { Walk } from "./use-walk";

export type Done = {
  /** Closes what is in hand, marks the image done and opens the next; or stays, and the editor says why. */
  readonly done: () => void;
  readonly isFinishing: boolean;
  /** There is no object: whether that is meant is asked first. */
  readonly asksBackground: boolean;
  readonly answerBackground: (isMeant: boolean) => void;
};

/** "Done, next" of the image that is open. An outline that it closed can be opened again, from the next image too. */
export function useDone(editing: Editing | null, walk: Walk, isLooking: boolean): Done {
  const [asksBackground, setAsksBackground] = useState(false);
  const [isFinishing, setFinishing] = useState(false);
  const [reopening, setReopening] = useState<{ key: string; closed: Closed; status: Status } | null>(null);
  // Undo is pressed when another image is open: the way back begins there.
  const latest = useRef(walk);
  useLayoutEffect(() => {
    latest.current = walk;
  }, [walk]);

  const finish = useCallback(
    async (finished: Editing, closed: Closed | null) => {
      setAsksBackground(false);
      const { saver, image } = finished;
      const { status } = saver;
      await finishImage(finished, walk, setFinishing);
      if (!closed) return;
      offerUndo(`The open outline of ${image.file_name} was closed.`, () => {
        setReopening({ key: saver.image, closed, status });
        latest.current.open(saver.image);
        return Promise.resolve("The outline is open again.");
      });
    },
    [walk],
  );

  useEffect(() => {
    if (!editing || editing.saver.image !== reopening?.key) return;
    setReopening(null);
    reopen(editing.editor, reopening.closed);
    const { status } = reopening;
    if (status !== "done" && status !== "accepted") editing.saver.setStatus("in_progress");
  }, [editing, reopening]);

  const done = useCallback(() => {
    if (!editing || isFinishing || isLooking) return;
    const outcome = closeInHand(editing.editor);
    if (outcome.kind === "stays") return;
    if (objectCount(editing.editor.document) === 0) setAsksBackground(true);
    else void finish(editing, outcome.kind === "closed" ? outcome.closed : null);
  }, [editing, isFinishing, isLooking, finish]);

  const answerBackground = useCallback(
    (isMeant: boolean) => {
      if (isMeant && editing) void finish(editing, null);
      else setAsksBackground(false);
    },
    [editing, finish],
  );
  return useMemo(
    () => ({ done, isFinishing, asksBackground, answerBackground }),
    [done, isFinishing, asksBackground, answerBackground],
  );
}
