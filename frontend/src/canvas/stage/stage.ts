import type { Outliner } from "../assist/outliner";
import type { PixelSource } from "../assist/pixels";
import type { Entry } from "../document/history";
import type { Point, Size } from "../geometry/types";
import type { AnnotationDocument } from "../model/document";
import type { OverlayModel } from "../model/overlay";
import type { EditorState } from "../model/state";
import type { PointerInput, ToolName } from "../model/tools";
import type { Aim, Work } from "../model/work";
import type { Scene } from "../scene/scene";
import type { Aiming } from "./aiming";
import type { Draft } from "./draft";
import type { Edits, Way } from "./edits";
import type { Events } from "./events";
import type { Look } from "./look";
import type { ToolOptions } from "./options";
import type { Outlines } from "./outlines";
import type { Pointing } from "./pointing";
import type { Selection } from "./selection";
import type { Viewport } from "./viewport";

/** What tools, operations, input and renderer know of an editor: its parts, and the tool in hand. */
export interface Stage {
  /** Of the image, in its pixels. */
  readonly size: Size;
  readonly document: AnnotationDocument;
  readonly state: EditorState;
  readonly events: Events;
  readonly scene: Scene;
  readonly viewport: Viewport;
  readonly pointing: Pointing;
  readonly options: ToolOptions;
  readonly look: Look;
  readonly aiming: Aiming;
  readonly selection: Selection;
  readonly edits: Edits;
  readonly outlines: Outlines;
  readonly draft: Draft;
  readonly keyCursor: KeyPointer;
  readonly tool: ToolState;
  /** Reads the photograph, once it is there. */
  pixels: PixelSource | null;
  /** Finds the outline of what lies in a box; null where nothing can. */
  readonly outliner: Outliner | null;
  /** A sentence for the person. */
  notify(message: string): void;
  /** What lies over the objects now. */
  overlay(): OverlayModel;
  setTool(name: ToolName): void;
  /** Runs a handler of the tool in hand and takes the state that follows. */
  drive(handler: (tool: ToolState) => ToolState | null | undefined): void;
  confirm(): void;
  /** The press comes to nothing. `keeps`: undo brings back what it had drawn. */
  cancelPress(keeps?: boolean): void;
  /** Takes an outline into the hand, and the tool that draws it. */
  resumeDraft(points: readonly number[], undone?: readonly number[], aim?: Aim | null): void;
  /** Undo brings it into the hand again. For tools: what they hold makes room for something new. */
  giveUp(label: string, work: Work | null): void;
  /** Redo brings it into the hand again. For tools: what they hold is taken back as a whole. */
  takeBack(label: string, work: Work): void;
}

/** The pointer that keys move. */
export interface KeyPointer {
  /** In image pixels; null while it is off. */
  readonly at: Point | null;
  readonly isHeld: boolean;
  /** What was pressed is let go, and is where it was. */
  release(): void;
}

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
  enter?(stage: Stage, undone?: readonly number[]): void;
  /** Another tool is taken up. */
  leave?(): void;
  hover?(input: PointerInput, stage: Stage): void;
  down?(input: PointerInput, stage: Stage): ToolState;
  /** `path`: the positions since the last call, in image pixels, the newest last. */
  move?(input: PointerInput, path: readonly Point[], stage: Stage): ToolState;
  up?(input: PointerInput, stage: Stage): ToolState;
  /** The press came to nothing (second finger, pointer taken away, Escape): back to before it. */
  cancelPress?(stage: Stage): ToolState;
  /** Enter. */
  confirm?(stage: Stage): ToolState;
  /** Of an outline that crosses itself. */
  mend?(way: Way, stage: Stage): ToolState;
  /** Escape while nothing is pressed. */
  abandon?(stage: Stage): ToolState | null;
  /** Backspace, and undo while something is in hand. Null: nothing to take back here. */
  stepBack?(stage: Stage): ToolState | null;
  /** Redo while something is in hand. Null: nothing to bring back here. */
  stepForward?(stage: Stage): ToolState | null;
  /** What is in hand while nothing is pressed; null: nothing. */
  work?(stage: Stage): Work | null;
  /** While something is pressed: what is given up when the press comes to nothing; null: nothing drawn yet. */
  lost?(stage: Stage): Lost | null;
}

/** A press goes on: what it does is not in the document yet. */
export function isMidGesture(tool: ToolState): boolean {
  return tool.up !== undefined;
}

/** The tools of an editor. */
export interface Toolbox {
  /** A tool as it is taken up; drawing goes on with the points that were left in hand. */
  make(name: ToolName, draft?: readonly number[]): ToolState;
  /** Work that was put down comes back into the hand, its tool with it. */
  takeUp(work: Work, stage: Stage): ToolState;
}
