import type { AnnotationDocument } from "./document/document";
import type { HandEvents } from "./hand";
import type { Point } from "./geometry/types";
import type { Seen } from "./model-view";
import type { Options } from "./options";
import type { ColorBy } from "./render/style";
import type { SceneChange } from "./scene/scene";
import type { Simplified } from "./strokes";
import type { ToolName } from "./tools/tool";

/** What becomes of the next outline: an object of its own, more of the object at hand, or less of it. */
export type Purpose = "new" | "add" | "cut";

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
