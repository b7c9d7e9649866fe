import type { PointerInput } from "../model/tools";
import type { Entry } from "../document/history";
import type { Work } from "../model/work";
import type { Point } from "../geometry/types";
import type { Editor } from "../editor/editor";

/** What is given up with a state: something to take into the hand again, or what a gesture would have made. */
export type Lost = { readonly label: string } & ({ readonly work: Work } | { readonly made: Entry });

/**
 * A state of a tool. Handlers answer with the state that follows (themselves, to stay). Every state can be abandoned
 * and then leaves the document exactly as it was when the gesture began.
 */
export interface ToolState {
  readonly cursor: string;
  /** A press with the right button is one with Alt. */
  readonly takesRightButton?: boolean;
  /** The tool is taken up. */
  enter?(editor: Editor, undone?: readonly number[]): void;
  /** Another tool is taken up. */
  leave?(): void;
  hover?(input: PointerInput, editor: Editor): void;
  down?(input: PointerInput, editor: Editor): ToolState;
  /** `path`: the positions since the last call, in image pixels, the newest last. */
  move?(input: PointerInput, path: readonly Point[], editor: Editor): ToolState;
  up?(input: PointerInput, editor: Editor): ToolState;
  /** The press came to nothing (second finger, pointer taken away): back to before it. */
  cancelPress?(editor: Editor): ToolState;
  /** Enter. */
  confirm?(editor: Editor): ToolState;
  /** Of an outline that crosses itself. */
  mend?(way: "outer" | "parts", editor: Editor): ToolState;
  /** Escape. */
  abandon?(editor: Editor): ToolState | null;
  /** Backspace, and undo while something is in hand. Null: nothing to take back here. */
  stepBack?(editor: Editor): ToolState | null;
  /** Redo while something is in hand. Null: nothing to bring back here. */
  stepForward?(editor: Editor): ToolState | null;
  /** What is in hand while nothing is pressed; null: nothing. */
  work?(editor: Editor): Work | null;
  /** While something is pressed: what is given up when the press comes to nothing; null: nothing drawn yet. */
  lost?(editor: Editor): Lost | null;
}

/** A press goes on: what it does is not in the document yet. */
export function isMidGesture(tool: ToolState): boolean {
  return tool.up !== undefined;
}
