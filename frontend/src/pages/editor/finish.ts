import type { Editing } from "./use-editing";
import type { Walk } from "./use-walk";

/** A slow server does not hold the person up: the save goes on behind the next image. */
const PATIENCE_MS = 1500;

const KEPT_OFFLINE =
  "Done, and kept on this device. This image stays open because the server cannot be reached: press Done, next again " +
  "when it can.";
const SAVED_OFFLINE =
  "Done and saved. The next image does not open because the server cannot be reached: try again in a moment.";

/** Marks an image done, saves it, and opens the next; where the person has to stay, a sentence says why. */
export async function finishImage(
  { editor, saver }: Pick<Editing, "editor" | "saver">,
  walk: Pick<Walk, "nextAhead" | "findNext" | "neighbour" | "open" | "end">,
  setWaiting: (isWaiting: boolean) => void,
): Promise<void> {
  const save = (): Promise<boolean> => {
    // What a reviewer accepted stays so; where it was changed, the server says whether it needs another look.
    if (saver.status !== "accepted") saver.setStatus("done");
    return saver.flush();
  };
  const ahead = walk.nextAhead();
  if (ahead !== null) {
    // It opens at once, before what stands around this image is drawn again as done. The save goes on behind
    // the person, and is told of where it fails.
    walk.open(ahead);
    editor.selection.select([]);
    void save();
    return;
  }
  const next = walk.findNext().catch(() => walk.neighbour);
  const saving = save();
  setWaiting(true);
  const saved = await inTime(saving, false);
  // Without a connection the question of what is next is not even asked: nobody waits for its answer.
  const id = await inTime(next, undefined);
  setWaiting(false);
  const { kind } = saver.state;
  if (!saved && kind === "offline") {
    editor.notify(KEPT_OFFLINE);
    return;
  }
  // A version to choose, a refusal: the person stays here. A slow save goes on behind them.
  if (!saved && kind !== "saving") return;
  if (id === undefined) {
    editor.notify(saved ? SAVED_OFFLINE : KEPT_OFFLINE);
    return;
  }
  editor.selection.select([]);
  if (id) walk.open(id);
  else walk.end();
}

/** What is answered in time, else `otherwise`. */
function inTime<T, E>(answer: Promise<T>, otherwise: E): Promise<T | E> {
  return Promise.race([
    answer,
    new Promise<E>((resolve) => setTimeout(() => resolve(otherwise), PATIENCE_MS)),
  ]);
}
