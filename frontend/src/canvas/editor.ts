import type { Outliner } from "./assist/outliner";
import type { PixelSource } from "./assist/pixels";
import {
  type Action,
  addInstance,
  deleteInstances,
  deleteVertex,
  replaceInstances,
  setAttributes,
  setClass,
  storable,
} from "./document/actions";
import { type AreaEdit, withAreaAdded, withAreaCut } from "./document/areas";
import { type AnnotationDocument, type Attributes, type Instance, newId } from "./document/document";
import { commit, type History, redo, startHistory, undo } from "./document/history";
import { unionOfBoxes } from "./geometry/polygons";
import type { Box, Polygons, Ring, Size } from "./geometry/types";
import { KeyCursor } from "./key-cursor";
import { ModelView, type Seen } from "./model-view";
import { HandWithOptions } from "./options";
import type { Draft, OverlayModel } from "./render/overlay-layer";
import type { ClassStyle, ShapeStyle } from "./render/style";
import { Scene } from "./scene/scene";
import { Drawing } from "./tools/draw";
import type { EditorEvents, EditorState, Purpose } from "./state";
import { costOf, MAX_STROKE_TOLERANCE, outlineOf, type Simplified, type FreehandStroke } from "./strokes";
import { makeTool } from "./tools/make";
import type { ToolName, ToolState } from "./tools/tool";
import { keptOf, Visibility } from "./visibility";

export type { EditorState, Purpose };

const CROSSHAIR: ReadonlySet<ToolName> = new Set(["draw", "wire", "box", "rectangle", "ellipse"]);
const NOTHING: ReadonlySet<string> = new Set();
const NO_POINTS: readonly number[] = [];

/** The editor of one image's annotation: document, history, selection, camera and the tool in hand. Draws nothing itself. */
export class Editor extends HandWithOptions<EditorEvents> {
  readonly scene = new Scene();
  readonly keyCursor = new KeyCursor(this);
  style: ShapeStyle = { classes: new Map(), opacity: 0.35 };
  tool: ToolState = new Drawing();
  state: EditorState;
  /** Reads the photograph, once it is there. */
  pixels: PixelSource | null = null;
  /** Finds the outline of what lies in a box; null where nothing can. */
  outliner: Outliner | null = null;
  history: History;
  #toolName: ToolName = "draw";
  #selection = NOTHING;
  #model: ModelView | null = null;
  readonly #visibility = new Visibility();
  #activeClassId: number | null = null;
  #held: ReadonlyMap<string, Instance> = new Map();
  #draft: Draft | null = null;
  /** Points of the outline in hand that were taken back, the last one first to return. */
  undone = NO_POINTS;
  #purpose: Purpose = "new";
  /** The object that `#purpose` adds to or cuts from. */
  #target: string | null = null;
  #stroke: (Simplified & { readonly stroke: FreehandStroke; readonly made: AnnotationDocument }) | null =
    null;

  /** `history` is that of an earlier visit; it ends in `document`. */
  constructor(size: Size, document: AnnotationDocument, history = startHistory(document)) {
    super(size);
    this.history = history;
    this.scene.update(document);
    this.state = this.#snapshot();
  }

  // ---- the document -------------------------------------------------------------------------------------------

  get document(): AnnotationDocument {
    return this.history.present;
  }

  /** One entry of history. Nothing happens when the action changes nothing. */
  apply(label: string, action: Action): void {
    this.#become(commit(this.history, label, action(this.document)));
  }

  /** Another document as it stands on the server: history starts anew. */
  load(document: AnnotationDocument): void {
    this.tool = this.tool.cancelPress?.(this) ?? this.tool;
    this.history = startHistory(document);
    this.#afterDocument();
  }

  #become(history: History): void {
    if (history === this.history) return;
    this.history = history;
    this.#afterDocument();
    this.emit("document", this.document);
  }

  #afterDocument(): void {
    const changes = this.scene.update(this.document);
    const gone = changes.some(({ id }) => !this.scene.item(id));
    if (gone) {
      const isThere = (id: string): boolean => this.scene.item(id) !== undefined;
      this.#selection = keptOf(this.#selection, isThere);
      this.#visibility.keep(isThere);
      if (this.#target !== null && !this.scene.item(this.#target)) this.#setPurpose("new", null);
    }
    this.forgetHover();
    if (!this.singleSelected) this.activeVertex = null;
    this.emit("scene", changes);
    this.changed();
  }

  /** While something is in hand, takes back its last step; else the last entry of history. */
  undo(): void {
    const before = this.tool.stepBack?.(this) ?? null;
    if (before) return this.#follow(before);
    this.activeVertex = null;
    this.#become(undo(this.history));
  }

  /** While something is in hand, brings back what was last taken back of it; else the next entry of history. */
  redo(): void {
    const next = this.tool.stepForward?.(this) ?? null;
    if (next) return this.#follow(next);
    if (this.#draft) return;
    this.activeVertex = null;
    this.#become(redo(this.history));
  }

  /** A closed outline; the stroke that it came from can be simplified anew until the next action. */
  addPolygon(points: Ring, stroke: FreehandStroke | null = null): boolean {
    const isDone = this.addArea([[points]]);
    if (isDone && stroke) this.#stroke = { ...costOf(stroke, points), stroke, made: this.document };
    this.changed();
    return isDone;
  }

  /** An object, or more or less of the one at hand. False when the area could not become that. */
  addArea(area: Polygons, id = newId()): boolean {
    const { target } = this;
    if (!target) return this.create(area, id) !== null;
    return this.#purpose === "add"
      ? this.edit("Add to object", withAreaAdded(target, area, this.size))
      : this.edit("Cut from object", withAreaCut([target], area, this.size));
  }

  /** In CSS pixels. A stroke that was just drawn is simplified anew, in the place of its entry of history. */
  setStrokeTolerance(tolerance: number): void {
    this.setOptions({ strokeTolerance: Math.max(0, Math.min(MAX_STROKE_TOLERANCE, tolerance)) });
    if (this.#strokeAtHand) this.#simplifyAnew(this.#strokeAtHand.stroke);
  }

  get #strokeAtHand() {
    return this.#stroke?.made === this.document ? this.#stroke : null;
  }

  #simplifyAnew(stroke: FreehandStroke): void {
    const history = this.history;
    const id = this.document.instances.at(-1)?.id;
    const points = outlineOf(stroke, this.options.strokeTolerance);
    this.history = undo(history);
    this.#afterDocument();
    if (this.addArea([[points]], id)) {
      this.#stroke = { ...costOf(stroke, points), stroke, made: this.document };
      this.changed();
    } else {
      this.#become(history);
    }
  }

  /** A new object of the class at hand; without one the outline stays in hand. */
  create(polygons: Polygons, id = newId()): Instance | null {
    if (this.#activeClassId === null) {
      this.emit("needsClass", null);
      const outer = polygons[0]?.[0];
      // A drawn outline is in hand already; other tools leave theirs there.
      if (outer && !this.#draft) this.resumeDraft(outer);
      return null;
    }
    const drawn = { id, class_id: this.#activeClassId, polygons };
    const instance = storable(drawn, this.size);
    if (instance) this.apply("Draw object", addInstance(instance));
    return instance;
  }

  /** False, with a word why, when the edit cannot be. */
  edit(label: string, edit: AreaEdit): boolean {
    if ("refusal" in edit) {
      this.notify(edit.refusal);
      return false;
    }
    this.apply(label, edit.action);
    return true;
  }

  // ---- areas ----------------------------------------------------------------------------------------------------

  /** The object that outlines are added to or cut from. */
  get target(): Instance | null {
    return this.#target === null ? null : (this.scene.item(this.#target)?.instance ?? null);
  }

  #setPurpose(purpose: Purpose, target: string | null): void {
    this.#purpose = purpose;
    this.#target = target;
  }

  /** What is drawn next is added to this object, or cut out of it. */
  aimAt(purpose: "add" | "cut", id: string): void {
    this.#setPurpose(purpose, id);
    this.#selection = new Set([id]);
    this.changed();
  }

  /** Back to objects of their own; the object at hand stays selected. */
  endPurpose(): void {
    const target = this.#target;
    this.#setPurpose("new", null);
    this.setTool("select");
    if (target !== null) this.select([target]);
  }

  /** Shows objects as they look in hand; the document stays as it is until `release`. */
  hold(instances: readonly Instance[]): void {
    this.#held = new Map(instances.map((instance) => [instance.id, instance]));
    this.redrawOverlay();
  }

  release(label: string): void {
    const held = [...this.#held.values()];
    this.#held = new Map();
    const kept = held.map((instance) => storable(instance, this.size));
    if (kept.every((instance) => instance !== null)) {
      this.apply(label, replaceInstances(kept));
    } else {
      this.notify("That would leave nothing of the object. It is back where it was.");
    }
    this.redrawOverlay();
  }

  deleteSelected(): void {
    const single = this.singleSelected;
    if (single && this.activeVertex) {
      const ref = this.activeVertex;
      this.activeVertex = null;
      this.apply("Delete vertex", deleteVertex(single.id, ref));
    } else if (this.#selection.size > 0) {
      this.deleteObjects(this.#selection);
    }
  }

  deleteObjects(ids: ReadonlySet<string>): void {
    const free = this.#unlocked(ids);
    this.apply(free.size === 1 ? "Delete object" : `Delete ${free.size} objects`, deleteInstances(free));
  }

  // ---- classes ------------------------------------------------------------------------------------------------

  setClasses(classes: ReadonlyMap<number, ClassStyle>): void {
    const old = this.style.classes;
    const isSame =
      classes.size === old.size && [...classes].every(([id, { color }]) => old.get(id)?.color === color);
    // The same colours in a new answer of the server are no reason to draw everything again.
    if (isSame) return;
    this.style = { ...this.style, classes };
    this.changed();
  }

  /** The class of what is drawn next, and of what is selected now. */
  chooseClass(classId: number): void {
    this.#activeClassId = classId;
    this.#stroke = null;
    if (this.#selection.size > 0) this.apply("Change class", setClass(this.#selection, classId));
    this.changed();
  }

  setClassOf(ids: ReadonlySet<string>, classId: number): void {
    this.apply("Change class", setClass(this.#unlocked(ids), classId));
  }

  setAttributesOf(ids: ReadonlySet<string>, attributes: Attributes): void {
    this.apply("Change attributes", setAttributes(this.#unlocked(ids), attributes));
  }

  /** Closes the outline in hand as an object of this class. */
  closeDraftAs(classId: number): void {
    this.#activeClassId = classId;
    this.changed();
    this.confirm();
  }

  // ---- selection, visibility ----------------------------------------------------------------------------------

  get selection(): ReadonlySet<string> {
    return this.#selection;
  }

  get selectedInstances(): Instance[] {
    return [...this.#selection].flatMap((id) => this.scene.item(id)?.instance ?? []);
  }

  get singleSelected(): Instance | null {
    if (this.#selection.size !== 1) return null;
    const [id] = this.#selection;
    return this.scene.item(id as string)?.instance ?? null;
  }

  zoomToSelected(): void {
    const items = [...this.#selection].flatMap((id) => this.scene.item(id) ?? []);
    if (items.length > 0) this.zoomToBox(items.reduce<Box>(unionOfBoxes, items[0] as Box));
  }

  select(ids: Iterable<string>): void {
    this.#selection = new Set([...ids].filter((id) => this.isPickable(id)));
    this.activeVertex = null;
    this.forgetHover();
    this.changed();
  }

  setHidden(ids: Iterable<string>, hidden: boolean): void {
    this.#visibility.setHidden(ids, hidden);
    this.#afterVisibility();
  }

  setLocked(ids: Iterable<string>, locked: boolean): void {
    this.#visibility.setLocked(ids, locked);
    this.#afterVisibility();
  }

  /** What can no longer be picked is no longer in hand either. */
  #afterVisibility(): void {
    this.#selection = keptOf(this.#selection, (id) => this.isPickable(id));
    if (this.#target !== null && !this.isPickable(this.#target)) this.#setPurpose("new", null);
    if (!this.singleSelected) this.activeVertex = null;
    this.changed();
  }

  get allHidden(): boolean {
    return this.#visibility.allHidden;
  }

  setAllHidden(hidden: boolean): void {
    this.#visibility.allHidden = hidden;
    this.changed();
  }

  isVisible(id: string): boolean {
    return this.#visibility.isVisible(id);
  }

  /** May be selected and edited. */
  isPickable(id: string): boolean {
    return this.#visibility.isPickable(id);
  }

  #unlocked(ids: ReadonlySet<string>): ReadonlySet<string> {
    return keptOf(ids, (id) => !this.#visibility.locked.has(id));
  }

  /** What the layer of committed objects leaves out: what is hidden, and what the overlay draws. */
  get skipped(): ReadonlySet<string> {
    const { hidden } = this.#visibility;
    return hidden.size === 0 ? this.#selection : new Set([...hidden, ...this.#selection]);
  }

  setOpacity(opacity: number): void {
    this.style = { ...this.style, opacity };
    this.changed();
  }

  // ---- tools --------------------------------------------------------------------------------------------------

  /** An outline in hand is kept: it is still there when the draw tool comes back. */
  setTool(name: ToolName): void {
    this.tool = this.tool.cancelPress?.(this) ?? this.tool;
    this.tool.leave?.();
    this.#toolName = name;
    this.options = { ...this.options, offer: null, hint: "inside" };
    this.#stroke = null;
    this.guide = null;
    this.pointer = null;
    if (name === "select" || name === "pan" || name === "slice") this.#setPurpose("new", null);
    else if (name !== "eraser") this.#selection = this.#target === null ? NOTHING : new Set([this.#target]);
    this.tool = makeTool(name, this.#draft?.points);
    this.tool.enter?.(this);
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
  }

  confirm(): void {
    this.drive((tool) => tool.confirm?.(this));
  }

  /** Escape: the gesture, else the outline in hand, else what it was for, else the selection. */
  abandon(): void {
    const next = this.tool.abandon?.(this);
    if (next) this.#follow(next);
    else if (this.#purpose !== "new") this.endPurpose();
    else if (this.#selection.size > 0) this.select([]);
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

  /** Takes up an outline that an earlier visit left unfinished. */
  resumeDraft(points: readonly number[], undone = NO_POINTS): void {
    this.#draft = { points, stroke: [] };
    this.setTool("draw");
    this.setDraft(this.#draft, undone);
  }

  setDraft(draft: Draft | null, undone = NO_POINTS): void {
    const isNews = this.draftPoints.length !== (draft?.points.length ?? 0) || this.undone !== undone;
    this.#draft = draft;
    this.undone = undone;
    this.closesDraft = false;
    if (draft) this.#stroke = null;
    this.redrawOverlay();
    if (isNews) this.changed();
  }

  notify(message: string): void {
    this.emit("message", message);
  }

  // ---- what is shown ------------------------------------------------------------------------------------------

  overlay(): OverlayModel {
    const classId = this.target?.class_id ?? this.#activeClassId;
    const tool = this.#toolName;
    return {
      hovered: this.allHidden || this.#held.size > 0 ? null : this.hover.instance,
      selected: this.allHidden ? [] : this.selectedInstances.map((each) => this.#held.get(each.id) ?? each),
      withHandles: tool === "select",
      activeVertex: this.hover.vertex ?? this.activeVertex,
      ghostVertex: this.#held.size > 0 ? null : this.hover.ghost,
      draft: this.#draft,
      classId,
      pointer: this.pointer,
      closesDraft: this.closesDraft,
      crosshair: CROSSHAIR.has(tool),
      seen: this.allHidden ? null : this.state.seen,
      brush: tool === "brush" || tool === "eraser" ? this.options.brushRadius : null,
      guide: this.guide,
      purpose: this.#purpose,
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
      selection: this.#selection,
      hidden: this.#visibility.hidden,
      locked: this.#visibility.locked,
      allHidden: this.allHidden,
      opacity: this.style.opacity,
      tool: this.#toolName,
      activeClassId: this.#activeClassId,
      draftPoints: (this.#draft?.points.length ?? 0) / 2,
      purpose: this.#purpose,
      ...this.options,
      stroke: this.#strokeAtHand,
      seen: this.#seen(),
      undoLabel: this.history.past.at(-1)?.label ?? null,
      redoLabel: this.undone.length > 0 ? "Last point" : (this.history.future.at(-1)?.label ?? null),
    };
  }
}
