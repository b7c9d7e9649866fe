import type { Outliner } from "../assist/outliner";
import type { PixelSource } from "../assist/pixels";
import {
  type Entry,
  giveUp,
  giveUpMade,
  type History,
  type Moved,
  redone,
  startHistory,
  takeBack,
  undone,
} from "../document/history";
import { crossesItself } from "../geometry/crossings";
import type { Ring, Size } from "../geometry/types";
import { KeyCursor } from "../input/key-cursor";
import type { AnnotationDocument } from "../model/document";
import type { OverlayModel } from "../model/overlay";
import type { EditorState } from "../model/state";
import { DRAWS, type ToolName } from "../model/tools";
import { hasSomething, sameWork, toolOf, type Work } from "../model/work";
import { endPurpose } from "../operations/drawing";
import { deleteSelected } from "../operations/objects";
import { ModelView } from "../scene/model-view";
import { Scene } from "../scene/scene";
import { Aiming } from "../stage/aiming";
import { Draft } from "../stage/draft";
import { Edits } from "../stage/edits";
import { Events } from "../stage/events";
import { Look } from "../stage/look";
import { ToolOptions } from "../stage/options";
import { Outlines } from "../stage/outlines";
import { Pointing } from "../stage/pointing";
import { Selection } from "../stage/selection";
import { isMidGesture, type Lost, type Stage, type Toolbox, type ToolState } from "../stage/stage";
import { Viewport } from "../stage/viewport";
import { Overlay } from "./overlay";

/** The tools that leave an aim behind where no outline is in hand. */
const AIMLESS: ReadonlySet<ToolName> = new Set(["select", "pan", "slice", "eraser"]);

type Image = {
  readonly size: Size;
  readonly document: AnnotationDocument;
  /** Of an earlier visit; it ends in `document`. */
  readonly history?: History;
};

/** The editor of one image's annotation: its parts, the tool in hand, undo and redo. Draws nothing itself. */
export class Editor implements Stage {
  readonly size: Size;
  readonly events = new Events();
  readonly on: Events["on"] = (name, listener) => this.events.on(name, listener);
  readonly notify = (message: string): void => this.events.notify(message);
  readonly scene = new Scene();
  readonly viewport: Viewport;
  readonly pointing = new Pointing(this.events);
  readonly options: ToolOptions;
  readonly look = new Look(this.scene, this.events);
  readonly aiming = new Aiming(this.scene, this.events);
  readonly selection = new Selection(this);
  readonly edits: Edits;
  readonly outlines: Outlines;
  readonly draft: Draft;
  readonly keyCursor: KeyCursor = new KeyCursor(this);
  pixels: PixelSource | null = null;
  outliner: Outliner | null = null;
  readonly #tools: Toolbox;
  readonly #overlay = new Overlay(this);
  readonly #model: ModelView;
  #tool: ToolState;
  #toolName: ToolName = "draw";
  #state: { readonly at: number; readonly is: EditorState } | null = null;

  constructor(tools: Toolbox, { size, document, history = startHistory(document) }: Image) {
    this.size = size;
    this.viewport = new Viewport(size, this.events);
    this.options = new ToolOptions(size, this.events);
    this.edits = new Edits(size, history, this);
    const keepInHand = (points: Ring): void => this.#keepInHand(points);
    const { events, options, aiming, selection, edits } = this;
    this.outlines = new Outlines(size, { events, options, aiming, selection, edits, keepInHand });
    this.draft = new Draft(this);
    this.#model = new ModelView(size);
    this.#tools = tools;
    this.#tool = tools.make(this.#toolName);
  }

  get document(): AnnotationDocument {
    return this.edits.document;
  }

  get tool(): ToolState {
    return this.#tool;
  }

  /** Another document as it stands on the server. */
  load(document: AnnotationDocument): void {
    this.cancelPress(true);
    this.edits.load(document);
  }

  // ---- undo and redo ------------------------------------------------------------------------------------------

  /** A press that goes on; else the last step of what is in hand; else the last entry of history. */
  undo(): void {
    if (isMidGesture(this.#tool)) return this.#takeBackPress();
    const entry = this.edits.history.past.at(-1);
    if (entry?.hand === undefined || !this.#isNext(entry)) {
      const before = this.#tool.stepBack?.(this) ?? null;
      if (before) return this.#follow(before);
    }
    this.#move(undone(this.edits.history, this.inHand));
  }

  /** Brings back what was last taken back of what is in hand; else the next entry of history. */
  redo(): void {
    if (isMidGesture(this.#tool)) return;
    if (!this.#isNext(this.edits.history.future.at(-1))) {
      const next = this.#tool.stepForward?.(this) ?? null;
      if (next) return this.#follow(next);
      if (hasSomething(this.#tool.work?.(this) ?? null)) return;
    }
    this.#move(redone(this.edits.history, this.inHand));
  }

  /** The entry is about what the hand holds, and the hand has not gone on since. */
  #isNext(entry: Entry | undefined): boolean {
    return entry?.left !== undefined && sameWork(this.inHand, entry.left);
  }

  #move({ history, hand }: Moved): void {
    this.pointing.activeVertex = null;
    if (history === this.edits.history) return;
    const isNews = this.edits.show(history);
    if (hand !== undefined) this.#putInHand(hand);
    if (isNews) this.events.emit("document", this.document);
    this.events.changed();
  }

  #takeBackPress(): void {
    const lost = this.#lost;
    this.cancelPress();
    if (!lost) return;
    const { history } = this.edits;
    this.edits.show(
      "work" in lost
        ? takeBack(history, lost.label, lost.work, this.inHand)
        : { ...history, future: [lost.made] },
    );
  }

  // ---- the tool in hand ---------------------------------------------------------------------------------------

  /** An outline in hand is kept: it is still there when the draw tool comes back. */
  setTool(name: ToolName): void {
    const lost = this.#lostWithTool;
    this.#changeTool(name);
    this.#keep(lost);
  }

  #changeTool(name: ToolName): void {
    const { draft, outlines, pointing } = this;
    this.#tool = this.#tool.cancelPress?.(this) ?? this.#tool;
    this.#tool.leave?.();
    const { undone } = draft;
    this.#toolName = name;
    if (DRAWS.has(name)) outlines.lastDrawn = { ...outlines.lastDrawn, tool: name };
    this.options.putDown();
    outlines.stroke = null;
    pointing.guide = null;
    pointing.pointer = null;
    // An outline in hand keeps its aim: it would come back as something else.
    if (!AIMLESS.has(name)) this.selection.keepTarget();
    else if (!draft.outline) this.aiming.aim = null;
    this.#tool = this.#tools.make(name, draft.outline?.points);
    this.#tool.enter?.(this, undone);
    pointing.forgetHover();
    pointing.activeVertex = null;
    this.events.emit("cursor", this.#tool.cursor);
    this.events.changed();
  }

  #follow(next: ToolState): void {
    if (next === this.#tool) return;
    this.#tool = next;
    this.events.emit("cursor", next.cursor);
  }

  drive(handler: (tool: ToolState) => ToolState | null | undefined): void {
    const next = handler(this.#tool);
    if (next) this.#follow(next);
    // One outline was what the aim was for.
    if (!this.aiming.isSpent) return;
    this.aiming.isSpent = false;
    const { stroke } = this.outlines;
    endPurpose(this);
    this.outlines.stroke = stroke;
    this.events.changed();
  }

  confirm(): void {
    this.drive((tool) => tool.confirm?.(this));
  }

  /** Escape: the gesture, else the outline in hand, else what it was for, else the selection. Undo brings it back. */
  abandon(): void {
    const lost = this.#lost;
    const tool = this.#tool;
    const next = isMidGesture(tool) ? tool.cancelPress?.(this) : tool.abandon?.(this);
    if (next) {
      this.#follow(next);
      this.#keep(lost);
    } else if (this.aiming.aim) endPurpose(this);
    else if (this.selection.ids.size > 0) this.selection.select([]);
  }

  /** Backspace: a point of the outline in hand, else the selected vertex or objects. */
  backspace(): void {
    const next = this.#tool.stepBack?.(this);
    if (next) this.#follow(next);
    else deleteSelected(this);
  }

  cancelPress(keeps = false): void {
    const lost = keeps && isMidGesture(this.#tool) ? this.#lost : null;
    this.drive((tool) => tool.cancelPress?.(this));
    this.#keep(lost);
  }

  // ---- what is in hand ----------------------------------------------------------------------------------------

  /** What is drawn but not in the document yet. */
  get inHand(): Work | null {
    return this.#tool.work?.(this) ?? this.draft.work("draw");
  }

  /** What would be given up now; null: nothing that anybody has drawn. */
  get #lost(): Lost | null {
    if (isMidGesture(this.#tool)) return this.#tool.lost?.(this) ?? null;
    const work = this.#tool.work?.(this) ?? null;
    if (!work || !hasSomething(work)) return null;
    const what = work.kind === "outline" ? "outline" : work.kind === "line" ? "line" : "box";
    // What was taken back before stays taken back.
    return { label: `Abandon ${what}`, work: work.kind === "offer" ? work : { ...work, undone: [] } };
  }

  /** What goes with its tool: an outline in hand is there for every tool. */
  get #lostWithTool(): Lost | null {
    const lost = this.#lost;
    const isOutline = lost !== null && "work" in lost && lost.work.kind === "outline";
    return isOutline && !isMidGesture(this.#tool) ? null : lost;
  }

  #keep(lost: Lost | null): void {
    if (!lost) return;
    const { history } = this.edits;
    this.edits.show(
      "work" in lost
        ? giveUp(history, lost.label, lost.work, this.inHand)
        : giveUpMade(history, lost.label, lost.made),
    );
  }

  giveUp(label: string, work: Work | null): void {
    if (work) this.#keep({ label, work });
  }

  takeBack(label: string, work: Work): void {
    this.edits.show(takeBack(this.edits.history, label, work, null));
  }

  resumeDraft(points: readonly number[], undone?: readonly number[], aim = this.aiming.aim): void {
    this.aiming.aim = aim;
    this.draft.outline = { points, stroke: [] };
    this.#changeTool("draw");
    this.draft.set(this.draft.outline, undone);
  }

  /** An outline that could not become an object yet; behind another one that is in hand already. */
  #keepInHand(points: Ring): void {
    if (!this.draft.outline) this.resumeDraft(points);
    else if (this.#toolName !== "draw" && this.#toolName !== "wire") {
      const { aim } = this.aiming;
      this.giveUp("Abandon outline", { kind: "outline", tool: "draw", points, undone: [], pieces: [], aim });
    }
  }

  /** The page is left: what only this editor holds goes where undo finds it at the next visit. */
  putDown(): void {
    const lost = this.#lostWithTool;
    if (lost) this.#changeTool(this.#toolName);
    this.#keep(lost);
  }

  #putInHand(work: Work | null): void {
    this.#tool.leave?.();
    this.options.putDown();
    this.pointing.guide = null;
    this.draft.drop();
    if (work) {
      const { aim } = work;
      this.aiming.aim = aim && this.scene.item(aim.target) ? aim : null;
      this.#changeTool(toolOf(work));
      this.#follow(this.#tools.takeUp(work, this));
    } else {
      this.#follow(this.#tools.make(this.#toolName));
    }
  }

  // ---- what is shown ------------------------------------------------------------------------------------------

  overlay(): OverlayModel {
    return this.#overlay.model();
  }

  /** What the page around the canvas shows; a new object whenever something of it has changed. */
  get state(): EditorState {
    const at = this.events.changes;
    if (this.#state?.at !== at) this.#state = { at, is: this.#snapshot() };
    return this.#state.is;
  }

  #snapshot(): EditorState {
    const { aiming, draft, edits, look, options, outlines, selection } = this;
    const { modelView, trainingSize } = options.values;
    const { past, future } = edits.history;
    return {
      document: this.document,
      selection: selection.ids,
      hidden: selection.hidden,
      locked: selection.locked,
      allHidden: selection.allHidden,
      opacity: look.style.opacity,
      colorBy: look.style.colorBy,
      labels: look.style.labels,
      tool: this.#toolName,
      activeClassId: outlines.classId,
      lastDrawn: outlines.lastDrawn,
      draftPoints: draft.points.length / 2,
      purpose: aiming.purpose,
      staysOn: aiming.staysOn,
      crossing: this.#crossing,
      ...options.values,
      stroke: outlines.stroke,
      seen: modelView ? this.#model.of(this.document, trainingSize) : null,
      undoLabel: draft.points.length > 0 && this.#tool.stepBack ? "Last point" : (past.at(-1)?.label ?? null),
      redoLabel: draft.undone.length > 0 ? "Last point" : (future.at(-1)?.label ?? null),
    };
  }

  get #crossing(): EditorState["crossing"] {
    if (this.options.values.repair) return "outline";
    if (this.edits.mended) return "mended";
    const { single } = this.selection;
    return single && this.#toolName === "select" && crossesItself(single.polygons) ? "object" : null;
  }
}
