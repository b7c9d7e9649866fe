import type { Camera } from "../geometry/camera";
import type { Repair } from "../geometry/crossings";
import type { Simplified } from "../geometry/strokes";
import type { TrainingSize } from "../geometry/training-mask";
import type { Box, Point } from "../geometry/types";
import type { AnnotationDocument } from "./document";
import type { Seen } from "./overlay";
import type { ColorBy } from "./style";
import type { ToolName } from "./tools";

/** Box → polygon: the outline is being looked for, or shown to be taken. */
export type Offer = "looking" | "offered";

export type Hint = "inside" | "outside";

/** How the tools work. */
export type Options = {
  /** In image pixels. */
  readonly brushRadius: number;
  /** How far, in CSS pixels, the outline of a freehand stroke may lie from the hand. */
  readonly strokeTolerance: number;
  /** Points jump to the borders of other objects. */
  readonly snaps: boolean;
  readonly offer: Offer | null;
  /** What the closed outline in hand can become, since it crosses itself. */
  readonly repair: Repair | null;
  /** What a stroke says of the outline on offer: this too, or not this. */
  readonly hint: Hint;
  /** Objects are shown as the model sees them when it trains on them at `trainingSize`. */
  readonly modelView: boolean;
  readonly trainingSize: TrainingSize;
  /** An object that was just drawn is selected. */
  readonly selectsNew: boolean;
  /** Keys move a cursor over the image. */
  readonly byKeys: boolean;
};

/** A place on the image's plane where an update changed what is to be seen. */
export type SceneChange = { readonly id: string; readonly box: Box };

/** What becomes of the next outline: an object of its own, more of the object at hand, or less of it. */
export type Purpose = "new" | "add" | "cut";

export type HandEvents = { camera: Camera; overlay: null; cursor: string };

export type EditorEvents = HandEvents & {
  /** Anything of `state`. */
  change: null;
  /** The document, by an edit, undo or redo (not by `load`). */
  document: AnnotationDocument;
  scene: readonly SceneChange[];
  /** A sentence for the person. */
  message: string;
  /** An outline is finished but there is no class to give it; it stays in hand. */
  needsClass: null;
  /** The menu of objects is asked for, at a point of the canvas in CSS pixels. */
  menu: MenuRequest;
};

export type MenuRequest = { readonly ids: readonly string[]; readonly at: Point };

/** What the person drew with last: the tool, and the class of what came of it. */
export type LastDrawn = { readonly tool: ToolName; readonly classId: number | null };

/** What the page around the canvas shows; a new object whenever something of it changed. */
export type EditorState = Options & {
  readonly document: AnnotationDocument;
  readonly selection: ReadonlySet<string>;
  readonly hidden: ReadonlySet<string>;
  /** Seen and snapped to, but not to be picked, changed or deleted. */
  readonly locked: ReadonlySet<string>;
  readonly allHidden: boolean;
  readonly opacity: number;
  readonly colorBy: ColorBy;
  readonly labels: boolean;
  readonly tool: ToolName;
  readonly activeClassId: number | null;
  readonly lastDrawn: LastDrawn;
  readonly draftPoints: number;
  readonly purpose: Purpose;
  /** The purpose does not end with one outline. */
  readonly staysOn: boolean;
  /** What crosses itself: the outline in hand, the selected object; or an object that a drag made so was repaired. */
  readonly crossing: "outline" | "object" | "mended" | null;
  /** The stroke just drawn, which another tolerance simplifies anew; null after any other action. */
  readonly stroke: Simplified | null;
  /** What the model sees, where that is shown. */
  readonly seen: Seen | null;
  readonly undoLabel: string | null;
  readonly redoLabel: string | null;
};
