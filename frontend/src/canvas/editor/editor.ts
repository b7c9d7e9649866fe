import type { Outliner } from "../assist/outliner";
import type { PixelSource } from "../assist/pixels";
import {
  deleteVertex,
  polygonsWithoutVertex,
  replaceInstances,
  setClass,
  storable,
} from "../document/actions";
import type { AnnotationDocument } from "../model/document";
import {
  commit,
  type Entry,
  giveUp,
  giveUpMade,
  type History,
  type Moved,
  redone,
  restart,
  takeBack,
  undo,
  undone,
} from "../document/history";
import { hasSomething, sameWork, type Work } from "../model/work";
import { crossesItself, mendedPolygons } from "../geometry/crossings";
import type { Ring, Size } from "../geometry/types";
import { KeyCursor } from "../input/key-cursor";
import { ModelView } from "../scene/model-view";
import type { Seen, Draft, OverlayModel } from "../model/overlay";
import { Drawing, outlineInHand } from "../tools/draw";
import { divisibleBy } from "../operations/objects";
import { Previewer } from "./preview";
import type { EditorState, Purpose } from "../model/state";
import { makeTool, takeUp, toolOf } from "../tools/make";
import { DRAWS, type ToolName } from "../model/tools";
import { isMidGesture, type Lost, type ToolState } from "../stage/stage";
import { AreaEditor } from "../stage/outlines";
import type { Way } from "../stage/edits";

export type { EditorState, Purpose };

const CROSSHAIR: ReadonlySet<ToolName> = new Set(["draw", "wire", "box", "rectangle", "ellipse"]);
const NOTHING: ReadonlySet<string> = new Set();
const NO_POINTS: readonly number[] = [];

/** The editor of one image's annotation: document, history, selection, camera and the tool in hand. Draws nothing itself. */
export class Editor extends AreaEditor {
  readonly keyCursor = new KeyCursor(this);
  tool: ToolState = new Drawing();
  state: EditorState;
  /** Reads the photograph, once it is there. */
  pixels: PixelSource | null = null;
  /** Finds the outline of what lies in a box; null where nothing can. */
  outliner: Outliner | null = null;
  #toolName: ToolName = "draw";
  #model: ModelView | null = null;
  #draft: Draft | null = null;
  /** Points of the outline in hand that were taken back, the last one first to return. */
  undone = NO_POINTS;
  readonly #previewer = new Previewer();

  /** `history` is that of an earlier visit; it ends in `document`. */
  constructor(size: Size, document: AnnotationDocument, history?: History) {
    super(size, document, history);
    this.state = this.#snapshot();
  }

  /** Another document as it stands on the server: history starts anew, but for outlines that were given up. */
  load(document: AnnotationDocument): void {
    this.cancelPress(true);
    this.history = restart(this.history, document);
    this.afterDocument();
  }

  /** A press that goes on; else the last step of what is in hand; else the last entry of history. */
  undo(): void {
    if (isMidGesture(this.tool)) return this.#takeBackPress();
    const entry = this.history.past.at(-1);
    if (entry?.hand === undefined || !this.#isNext(entry)) {
      const before = this.tool.stepBack?.(this) ?? null;
      if (before) return this.#follow(before);
    }
    this.activeVertex = null;
    this.#move(undone(this.history, this.inHand));
  }

  /** Brings back what was last taken back of what is in hand; else the next entry of history. */
  redo(): void {
    if (isMidGesture(this.tool)) return;
    if (!this.#isNext(this.history.future.at(-1))) {
      const next = this.tool.stepForward?.(this) ?? null;
      if (next) return this.#follow(next);
      if (hasSomething(this.tool.work?.(this) ?? null)) return;
    }
    this.activeVertex = null;
    this.#move(redone(this.history, this.inHand));
  }

  /** The entry is about what the hand holds, and the hand has not gone on since. */
  #isNext(entry: Entry | undefined): boolean {
    return entry?.left !== undefined && sameWork(this.inHand, entry.left);
  }

  #move({ history, hand }: Moved): void {
    if (history === this.history) return;
    const isNews = history.present !== this.document;
    this.history = history;
    if (isNews) this.afterDocument();
    if (hand !== undefined) this.#putInHand(hand);
    if (isNews) this.emit("document", this.document);
    this.changed();
  }

  /** One outline was what the purpose was for. */
  #endIfSpent(): void {
    if (!this.isSpent) return;
    this.isSpent = false;
    const stroke = this.lastStroke;
    this.endPurpose();
    this.lastStroke = stroke;
    this.changed();
  }

  /** Back to objects of their own; the object at hand stays selected. */
  endPurpose(): void {
    const target = this.targetId;
    this.setPurpose("new", null);
    this.setTool("select");
    if (target !== null) this.select([target]);
  }

  /** Repairs what crosses itself: the outline in hand, what a drag has just made, or the selected object. */
  mend(way: Way): void {
    if (this.tool.mend) return this.drive((tool) => tool.mend?.(way, this));
    const mended = this.mendedAtHand;
    const single = this.singleSelected;
    if (mended) {
      if (mended.ways[way] !== this.document)
        this.become(commit(undo(this.history), mended.label, mended.ways[way]));
    } else if (single && this.#crossing === "object") {
      const polygons = mendedPolygons(single.polygons, way);
      const stored = storable({ ...single, polygons }, this.size);
      if (stored) this.apply("Repair outline", replaceInstances([stored]));
    }
  }

  get #crossing(): EditorState["crossing"] {
    if (this.options.repair) return "outline";
    if (this.mendedAtHand) return "mended";
    const single = this.singleSelected;
    return single && this.#toolName === "select" && crossesItself(single.polygons) ? "object" : null;
  }

  deleteSelected(): void {
    const single = this.singleSelected;
    if (single && this.activeVertex) {
      const ref = this.activeVertex;
      this.activeVertex = null;
      const left = polygonsWithoutVertex(single.polygons, ref);
      // The edge that closes the gap may cross others.
      if (!left) return this.apply("Delete vertex", deleteVertex(single.id, ref));
      this.hold([{ ...single, polygons: left }]);
      this.releaseMended("Delete vertex");
    } else if (this.chosen.size > 0) {
      this.deleteObjects(this.chosen);
    }
  }

  /** The class of what is drawn next, and of what is selected now. */
  chooseClass(classId: number): void {
    this.activeClassId = classId;
    this.lastStroke = null;
    if (this.chosen.size > 0) this.apply("Change class", setClass(this.chosen, classId));
    else this.lastDrawn = { ...this.lastDrawn, classId };
    this.changed();
  }

  /** Closes the outline in hand as an object of this class. */
  closeDraftAs(classId: number): void {
    this.activeClassId = classId;
    this.changed();
    this.confirm();
  }

  // ---- tools --------------------------------------------------------------------------------------------------

  /** An outline in hand is kept: it is still there when the draw tool comes back. */
  setTool(name: ToolName): void {
    const lost = this.#lostWithTool;
    this.#changeTool(name);
    this.#keep(lost);
  }

  #changeTool(name: ToolName): void {
    this.tool = this.tool.cancelPress?.(this) ?? this.tool;
    this.tool.leave?.();
    const { undone } = this;
    this.#toolName = name;
    if (DRAWS.has(name)) this.lastDrawn = { ...this.lastDrawn, tool: name };
    this.options = { ...this.options, offer: null, repair: null, hint: "inside" };
    this.lastStroke = null;
    this.guide = null;
    this.pointer = null;
    // An outline in hand keeps its purpose: it would come back as something else.
    if (name === "select" || name === "pan" || name === "slice" || name === "eraser") {
      if (!this.#draft) this.setPurpose("new", null);
    } else this.chosen = this.targetId === null ? NOTHING : new Set([this.targetId]);
    this.tool = makeTool(name, this.#draft?.points);
    this.tool.enter?.(this, undone);
    this.forgetHover();
    this.activeVertex = null;
    this.emit("cursor", this.tool.cursor);
    this.changed();
  }

  #follow(next: ToolState): void {
    if (next === this.tool) return;
    this.tool = next;
    this.emit("cursor", next.cursor);
  }

  /** Runs a handler of the tool in hand and takes the state that follows. */
  drive(handler: (tool: ToolState) => ToolState | null | undefined): void {
    const next = handler(this.tool);
    if (next) this.#follow(next);
    this.#endIfSpent();
  }

  confirm(): void {
    this.drive((tool) => tool.confirm?.(this));
  }

  /** Escape: the gesture, else the outline in hand, else what it was for, else the selection. Undo brings it back. */
  abandon(): void {
    const lost = this.#lost;
    const next = this.tool.abandon?.(this);
    if (next) {
      this.#follow(next);
      this.#keep(lost);
    } else if (this.purpose !== "new") this.endPurpose();
    else if (this.chosen.size > 0) this.select([]);
  }

  /** Backspace: a point of the outline in hand, else the selected vertex or objects. */
  backspace(): void {
    const next = this.tool.stepBack?.(this);
    if (next) this.#follow(next);
    else this.deleteSelected();
  }

  get draftPoints(): readonly number[] {
    return this.#draft?.points ?? NO_POINTS;
  }

  /** Takes up an outline that an earlier visit left unfinished, or that could not become what it was drawn for. */
  resumeDraft(points: readonly number[], undone = NO_POINTS, aim = this.aim): void {
    this.setPurpose(aim?.purpose ?? "new", aim?.target ?? null);
    this.#draft = { points, stroke: [] };
    this.#changeTool("draw");
    this.setDraft(this.#draft, undone);
  }

  // ---- what is in hand ----------------------------------------------------------------------------------------

  /** What is drawn but not in the document yet. */
  get inHand(): Work | null {
    return this.tool.work?.(this) ?? outlineInHand("draw", this.draftPoints, this);
  }

  /** What would be given up now; null: nothing that anybody has drawn. */
  get #lost(): Lost | null {
    if (isMidGesture(this.tool)) return this.tool.lost?.(this) ?? null;
    const work = this.tool.work?.(this) ?? null;
    if (!work || !hasSomething(work)) return null;
    const what = work.kind === "outline" ? "outline" : work.kind === "line" ? "line" : "box";
    // What was taken back before stays taken back.
    return { label: `Abandon ${what}`, work: work.kind === "offer" ? work : { ...work, undone: NO_POINTS } };
  }

  /** What goes with its tool: an outline in hand is there for every tool. */
  get #lostWithTool(): Lost | null {
    const lost = this.#lost;
    const isOutline = lost !== null && "work" in lost && lost.work.kind === "outline";
    return isOutline && !isMidGesture(this.tool) ? null : lost;
  }

  #keep(lost: Lost | null): void {
    if (!lost) return;
    this.history =
      "work" in lost
        ? giveUp(this.history, lost.label, lost.work, this.inHand)
        : giveUpMade(this.history, lost.label, lost.made);
    this.changed();
  }

  /** An outline that could not become an object yet; behind another one that is in hand already. */
  protected keepInHand(points: Ring): void {
    if (!this.#draft) this.resumeDraft(points);
    else if (this.#toolName !== "draw" && this.#toolName !== "wire") {
      const { aim } = this;
      const work: Work = { kind: "outline", tool: "draw", points, undone: NO_POINTS, pieces: [], aim };
      this.#keep({ label: "Abandon outline", work });
    }
  }

  /** Undo brings it into the hand again. For tools: what they hold makes room for something new. */
  giveUp(label: string, work: Work | null): void {
    if (work) this.#keep({ label, work });
  }

  /** Redo brings it into the hand again. For tools: what they hold is taken back as a whole. */
  takeBack(label: string, work: Work): void {
    this.history = takeBack(this.history, label, work, null);
    this.changed();
  }

  #takeBackPress(): void {
    const lost = this.#lost;
    this.cancelPress();
    if (!lost) return;
    const { history } = this;
    this.history =
      "work" in lost
        ? takeBack(history, lost.label, lost.work, this.inHand)
        : { ...history, future: [lost.made] };
    this.changed();
  }

  /** The press comes to nothing. `keeps`: undo brings back what it had drawn. */
  cancelPress(keeps = false): void {
    const lost = keeps && isMidGesture(this.tool) ? this.#lost : null;
    this.drive((tool) => tool.cancelPress?.(this));
    this.#keep(lost);
  }

  /** The page is left: what only this editor holds goes where undo finds it at the next visit. */
  putDown(): void {
    const lost = this.#lostWithTool;
    if (lost) this.#changeTool(this.#toolName);
    this.#keep(lost);
  }

  #putInHand(work: Work | null): void {
    this.tool.leave?.();
    this.options = { ...this.options, offer: null, repair: null };
    this.guide = null;
    this.#draft = null;
    this.undone = NO_POINTS;
    if (work) {
      const { aim } = work;
      const isThere = aim !== null && this.scene.item(aim.target) !== undefined;
      this.setPurpose(isThere ? aim.purpose : "new", isThere ? aim.target : null);
      this.#changeTool(toolOf(work));
      this.#follow(takeUp(work, this));
    } else {
      this.#follow(makeTool(this.#toolName));
    }
  }

  setDraft(draft: Draft | null, undone = NO_POINTS): void {
    const isNews = this.draftPoints.length !== (draft?.points.length ?? 0) || this.undone !== undone;
    this.#draft = draft;
    this.undone = undone;
    this.closesDraft = false;
    if (draft) this.lastStroke = null;
    // The next object is begun: keys for a class are for it now.
    if (isNews && draft && this.purpose === "new") this.chosen = NOTHING;
    this.redrawOverlay();
    if (isNews) this.changed();
  }

  // ---- what is shown ------------------------------------------------------------------------------------------

  overlay(): OverlayModel {
    const classId = this.target?.class_id ?? this.activeClassId;
    const tool = this.#toolName;
    const hand = {
      ...{ document: this.document, size: this.size, purpose: this.purpose, target: this.target },
      ...{ staysOn: this.staysOn, draft: this.#draft, guide: this.guide },
      ...{ pointer: this.pointer, closesDraft: this.closesDraft },
      divisible: (line: readonly number[]) => divisibleBy(this, line),
    };
    const preview = this.#previewer.of(hand);
    const shown = new Map(preview.instances.map((each) => [each.id, each]));
    const selected = this.allHidden
      ? []
      : this.selectedInstances.map((each) => shown.get(each.id) ?? this.held.get(each.id) ?? each);
    return {
      hovered: this.allHidden || this.held.size > 0 ? null : this.hover.instance,
      selected,
      preview: preview.instances.filter(({ id }) => !this.chosen.has(id)),
      badge: preview.badge,
      crossings: this.allHidden
        ? []
        : this.#previewer.crossings(
            hand,
            tool === "select" && selected.length === 1 ? (selected[0] ?? null) : null,
          ),
      withHandles: tool === "select",
      activeVertex: this.hover.vertex ?? this.activeVertex,
      ghostVertex: this.held.size > 0 ? null : this.hover.ghost,
      draft: this.#draft,
      classId,
      pointer: this.pointer,
      closesDraft: this.closesDraft,
      crosshair: CROSSHAIR.has(tool),
      seen: this.allHidden ? null : this.state.seen,
      brush: tool === "brush" || tool === "eraser" ? this.options.brushRadius : null,
      guide: this.guide,
      purpose: this.purpose,
      numbersOf: (ids) => this.scene.numbersOf(ids),
      keyCursor: this.keyCursor.at,
      isHeldByKeys: this.keyCursor.isHeld,
    };
  }

  #seen(): Seen | null {
    const { modelView, trainingSize } = this.options;
    if (!modelView) return null;
    if (this.#model?.size !== trainingSize) this.#model = new ModelView(this.size, trainingSize);
    return this.#model.of(this.document);
  }

  protected changed(): void {
    this.state = this.#snapshot();
    this.emit("change", null);
  }

  #snapshot(): EditorState {
    return {
      document: this.document,
      selection: this.chosen,
      hidden: this.visibility.hidden,
      locked: this.visibility.locked,
      allHidden: this.allHidden,
      opacity: this.style.opacity,
      colorBy: this.style.colorBy,
      labels: this.style.labels,
      tool: this.#toolName,
      activeClassId: this.activeClassId,
      lastDrawn: this.lastDrawn,
      draftPoints: (this.#draft?.points.length ?? 0) / 2,
      purpose: this.purpose,
      staysOn: this.staysOn,
      crossing: this.#crossing,
      ...this.options,
      stroke: this.strokeAtHand,
      seen: this.#seen(),
      undoLabel:
        this.draftPoints.length > 0 && this.tool.stepBack
          ? "Last point"
          : (this.history.past.at(-1)?.label ?? null),
      redoLabel: this.undone.length > 0 ? "Last point" : (this.history.future.at(-1)?.label ?? null),
    };
  }
}
