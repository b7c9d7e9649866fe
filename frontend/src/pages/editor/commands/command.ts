import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import type { Adjustments } from "../adjustments";
import type { Chord } from "../keymap";

/** What keys may ask of the page around the canvas. */
export type PageActions = {
  readonly done: () => void;
  readonly next: () => void;
  readonly previous: () => void;
  readonly first: () => void;
  readonly last: () => void;
  /** Opens the search for an image by its name. */
  readonly jump: () => void;
  readonly filter: () => void;
  readonly leave: () => void;
  readonly saveNow: () => void;
  readonly toggleHelp: () => void;
  /** Keys go to the canvas from here on. */
  readonly focusCanvas: () => void;
  readonly searchClasses: () => void;
  /** Opens the class, attributes and note of the selected object. */
  readonly showDetails: () => void;
  /** Copies the objects of the image before this one. */
  readonly repeatPrevious: () => void;
  readonly togglePanel: () => void;
  readonly toggleStrip: () => void;
  /** Opens or closes who changed what, and what was deleted. */
  readonly toggleHistory: () => void;
  readonly toggleComments: () => void;
  /** Asks for the place of a new comment. */
  readonly addComment: () => void;
  /** Opens the menu of who is to work on this image. */
  readonly assign: () => void;
  /** Back to who drew it; where nothing is said yet, a comment is asked for. */
  readonly sendBack: () => void;
  readonly adjust: (change: (adjustments: Adjustments) => Adjustments) => void;
};

/** What can be done with predictions that are shown over the image. */
type GhostActions = {
  readonly take: () => void;
  readonly step: (by: 1 | -1) => void;
  /** Goes on to the next fix that waits; null outside of their queue. */
  readonly skip: (() => void) | null;
};

export type CommandContext = {
  readonly editor: Editor;
  /** The canvas has the focus: Tab is a key of the editor only there. */
  readonly isOnCanvas?: boolean;
  /** In the order of their number keys. */
  readonly classes: readonly DatasetClass[];
  readonly page: PageActions;
  /** Absent where none are shown. */
  readonly ghosts?: GhostActions | null;
};

export const GROUPS = ["Draw", "Edit", "View", "Images", "Team", "Classes"] as const;
export type Group = (typeof GROUPS)[number];

export type Command = {
  /** Stays as it is: what a person changed is stored under it. */
  readonly id: string;
  readonly group: Group;
  readonly label: string;
  /** Until a person changes them; the first is the one shown on buttons. */
  readonly keys: readonly Chord[];
  /** Where false, the browser keeps the key. */
  readonly when?: (context: CommandContext) => boolean;
  readonly run: (context: CommandContext) => void;
};
