import {
  type Action,
  addInstance,
  deleteInstances,
  deleteVertex,
  replaceInstances,
  setClass,
  storable,
  translatedInstance,
} from "./document/actions";
import { type AnnotationDocument, type Instance, newId } from "./document/document";
import { commit, type History, redo, startHistory, undo } from "./document/history";
import { Emitter } from "./emitter";
import { type Camera, fit, fitBox, limited, panned, zoomedAt } from "./geometry/camera";
import { unionOfBoxes } from "./geometry/polygons";
import type { Box, Point, Size, VertexRef } from "./geometry/types";
import type { Draft, OverlayModel } from "./render/overlay-layer";
import type { ClassStyle, ShapeStyle } from "./render/style";
import { Scene, type SceneChange } from "./scene/scene";
import { Drawing } from "./tools/draw";
import { Panning } from "./tools/pan";
import { Selecting } from "./tools/select";
import type { ToolName, ToolState } from "./tools/tool";

type EditorEvents = {
  /** Anything of `state`. */
  change: null;
  /** The document, by an edit, undo or redo (not by `load`). */
  document: AnnotationDocument;
  scene: readonly SceneChange[];
  camera: Camera;
  overlay: null;
  cursor: string;
  /** A sentence for the person. */
  message: string;
  /** An outline is finished but there is no class to give it; it stays in hand. */
  needsClass: null;
};

/** What the page around the canvas shows; a new object whenever something of it changed. */
export type EditorState = {
  readonly document: AnnotationDocument;
  readonly selection: ReadonlySet<string>;
  readonly hidden: ReadonlySet<string>;
  readonly allHidden: boolean;
  readonly opacity: number;
  readonly tool: ToolName;
  readonly activeClassId: number | null;
  readonly draftPoints: number;
  readonly undoLabel: string | null;
  readonly redoLabel: string | null;
};

type Hover = { instance: Instance | null; vertex: VertexRef | null; ghost: Point | null; cursor: string };
const NO_HOVER: Hover = { instance: null, vertex: null, ghost: null, cursor: "default" };

const NOTHING: ReadonlySet<string> = new Set();

/** The editor of one image's annotation: document, history, selection, camera and the tool in hand. Draws nothing itself. */
export class Editor extends Emitter<EditorEvents> {
  readonly size: Size;
  readonly scene = new Scene();
  style: ShapeStyle = { classes: new Map(), opacity: 0.35 };
  camera: Camera = { scale: 1, x: 0, y: 0 };
  tool: ToolState = new Drawing();
  state: EditorState;
  #history: History;
  #view: Size = { width: 1, height: 1 };
  #isFitted = true;
  #toolName: ToolName = "draw";
  #selection = NOTHING;
  #hidden = NOTHING;
  #allHidden = false;
  #activeClassId: number | null = null;
  #held: ReadonlyMap<string, Instance> = new Map();
  #hover = NO_HOVER;
  #activeVertex: VertexRef | null = null;
  #draft: { points: readonly number[]; stroke: readonly number[] } | null = null;
  #pointer: Point | null = null;
  #closesDraft = false;

  constructor(size: Size, document: AnnotationDocument) {
    super();
    this.size = size;
    this.#history = startHistory(document);
    this.scene.update(document);
    this.state = this.#snapshot();
  }

  // ---- the document -------------------------------------------------------------------------------------------

  get document(): AnnotationDocument {
    return this.#history.present;
  }

  /** One entry of history. Nothing happens when the action changes nothing. */
  apply(label: string, action: Action): void {
    this.#become(commit(this.#history, label, action(this.document)));
  }

  /** Another document as it stands on the server: history starts anew. */
  load(document: AnnotationDocument): void {
    this.tool = this.tool.cancelPress?.(this) ?? this.tool;
    this.#history = startHistory(document);
    this.#afterDocument();
  }

  #become(history: History): void {
    if (history === this.#history) return;
    this.#history = history;
    this.#afterDocument();
    this.emit("document", this.document);
  }

  #afterDocument(): void {
    const changes = this.scene.update(this.document);
    const gone = changes.some(({ id }) => !this.scene.item(id));
    if (gone) {
      this.#selection = new Set([...this.#selection].filter((id) => this.scene.item(id)));
      this.#hidden = new Set([...this.#hidden].filter((id) => this.scene.item(id)));
    }
    this.#hover = NO_HOVER;
    if (!this.singleSelected) this.#activeVertex = null;
    this.emit("scene", changes);
    this.#changed();
  }

  /** While something is in hand, takes back its last step; else the last entry of history. */
  undo(): void {
    const before = this.tool.stepBack?.(this) ?? null;
    if (before) return this.#follow(before);
    this.#activeVertex = null;
    this.#become(undo(this.#history));
  }

  redo(): void {
    if (this.#draft) return;
    this.#activeVertex = null;
    this.#become(redo(this.#history));
  }

  addPolygon(points: readonly number[]): boolean {
    if (this.#activeClassId === null) {
      this.emit("needsClass", null);
      return false;
    }
    const drawn = { id: newId(), class_id: this.#activeClassId, polygons: [[points]] };
    const instance = storable(drawn, this.size);
    if (!instance) return false;
    this.apply("Draw object", addInstance(instance));
    return true;
  }

  /** Shows objects as they look in hand; the document stays as it is until `release`. */
  hold(instances: readonly Instance[]): void {
    this.#held = new Map(instances.map((instance) => [instance.id, instance]));
    this.emit("overlay", null);
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
    this.emit("overlay", null);
  }

  deleteSelected(): void {
    const single = this.singleSelected;
    if (single && this.#activeVertex) {
      const ref = this.#activeVertex;
      this.#activeVertex = null;
      this.apply("Delete vertex", deleteVertex(single.id, ref));
    } else if (this.#selection.size > 0) {
      this.deleteObjects(this.#selection);
    }
  }

  deleteObjects(ids: ReadonlySet<string>): void {
    this.apply(ids.size === 1 ? "Delete object" : `Delete ${ids.size} objects`, deleteInstances(ids));
  }

  nudge(dx: number, dy: number): void {
    const moved = this.selectedInstances.map((instance) => translatedInstance(instance, dx, dy, this.size));
    if (moved.length > 0) this.apply("Nudge", replaceInstances(moved));
  }

  // ---- classes ------------------------------------------------------------------------------------------------

  setClasses(classes: ReadonlyMap<number, ClassStyle>): void {
    const old = this.style.classes;
    const isSame =
      classes.size === old.size && [...classes].every(([id, { color }]) => old.get(id)?.color === color);
    // The same colours in a new answer of the server are no reason to draw everything again.
    if (isSame) return;
    this.style = { ...this.style, classes };
    this.#changed();
  }

  /** The class of what is drawn next, and of what is selected now. */
  chooseClass(classId: number): void {
    this.#activeClassId = classId;
    if (this.#selection.size > 0) this.apply("Change class", setClass(this.#selection, classId));
    this.#changed();
  }

  setClassOf(ids: ReadonlySet<string>, classId: number): void {
    this.apply("Change class", setClass(ids, classId));
  }

  /** Closes the outline in hand as an object of this class. */
  closeDraftAs(classId: number): void {
    this.#activeClassId = classId;
    this.#changed();
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

  select(ids: Iterable<string>): void {
    this.#selection = new Set([...ids].filter((id) => this.isVisible(id)));
    this.#activeVertex = null;
    this.#hover = NO_HOVER;
    this.#changed();
  }

  setHidden(ids: Iterable<string>, hidden: boolean): void {
    const next = new Set(this.#hidden);
    for (const id of ids) {
      if (hidden) next.add(id);
      else next.delete(id);
    }
    this.#hidden = next;
    this.#selection = new Set([...this.#selection].filter((id) => !next.has(id)));
    this.#changed();
  }

  get allHidden(): boolean {
    return this.#allHidden;
  }

  setAllHidden(hidden: boolean): void {
    this.#allHidden = hidden;
    this.#changed();
  }

  isVisible(id: string): boolean {
    return !this.#allHidden && !this.#hidden.has(id);
  }

  /** What the layer of committed objects leaves out: what is hidden, and what the overlay draws. */
  get skipped(): ReadonlySet<string> {
    if (this.#hidden.size === 0) return this.#selection;
    return new Set([...this.#hidden, ...this.#selection]);
  }

  setOpacity(opacity: number): void {
    this.style = { ...this.style, opacity };
    this.#changed();
  }

  // ---- tools --------------------------------------------------------------------------------------------------

  /** An outline in hand is kept: it is still there when the draw tool comes back. */
  setTool(name: ToolName): void {
    this.tool = this.tool.cancelPress?.(this) ?? this.tool;
    this.#toolName = name;
    if (name === "draw") {
      this.#selection = NOTHING;
      this.tool = new Drawing(this.#draft?.points).enter(this);
    } else {
      this.tool = name === "select" ? new Selecting() : new Panning();
    }
    this.#hover = NO_HOVER;
    this.#activeVertex = null;
    this.emit("cursor", this.tool.cursor);
    this.#changed();
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

  /** Escape: the gesture, else the outline in hand, else the selection. */
  abandon(): void {
    const next = this.tool.abandon?.(this);
    if (next) this.#follow(next);
    else if (this.#selection.size > 0) this.select([]);
  }

  /** Backspace: a point of the outline in hand, else the selected vertex or objects. */
  backspace(): void {
    const next = this.tool.stepBack?.(this);
    if (next) this.#follow(next);
    else this.deleteSelected();
  }

  get draftPoints(): readonly number[] {
    return this.#draft?.points ?? [];
  }

  /** Takes up an outline that an earlier visit left unfinished. */
  resumeDraft(points: readonly number[]): void {
    this.#draft = { points, stroke: [] };
    this.setTool("draw");
  }

  setDraft(draft: { points: readonly number[]; stroke: readonly number[] } | null): void {
    this.#draft = draft;
    this.#closesDraft = false;
    this.emit("overlay", null);
    if ((draft?.points.length ?? 0) / 2 !== this.state.draftPoints) this.#changed();
  }

  setPointer(pointer: Point | null, closesDraft = false): void {
    this.#pointer = pointer;
    this.#closesDraft = closesDraft;
    this.emit("overlay", null);
  }

  setHover(hover: Hover): void {
    const old = this.#hover;
    this.#hover = hover;
    if (hover.cursor !== old.cursor) this.emit("cursor", hover.cursor);
    if (hover.instance !== old.instance || hover.vertex !== old.vertex || hover.ghost !== old.ghost) {
      this.emit("overlay", null);
    }
  }

  /** The object under the pointer, for its name. */
  get hovered(): Instance | null {
    return this.#hover.instance;
  }

  /** Highlights an object that something outside the canvas points at. */
  highlight(id: string | null): void {
    const instance = id === null ? null : (this.scene.item(id)?.instance ?? null);
    this.setHover({ ...NO_HOVER, instance });
  }

  setActiveVertex(vertex: VertexRef | null): void {
    this.#activeVertex = vertex;
    this.emit("overlay", null);
  }

  notify(message: string): void {
    this.emit("message", message);
  }

  // ---- the camera ---------------------------------------------------------------------------------------------

  setView(view: Size): void {
    this.#view = view;
    this.#setCamera(
      this.#isFitted ? fit(this.size, view) : limited(this.camera, this.size, view),
      this.#isFitted,
    );
  }

  get view(): Size {
    return this.#view;
  }

  pan(dx: number, dy: number): void {
    this.#setCamera(panned(this.camera, dx, dy, this.size, this.#view));
  }

  zoomAt(at: Point, factor: number): void {
    this.#setCamera(zoomedAt(this.camera, at, factor, this.size, this.#view));
  }

  zoomBy(factor: number): void {
    this.zoomAt({ x: this.#view.width / 2, y: this.#view.height / 2 }, factor);
  }

  fit(): void {
    this.#setCamera(fit(this.size, this.#view), true);
  }

  zoomToSelected(): void {
    const items: Box[] = [...this.#selection].flatMap((id) => this.scene.item(id) ?? []);
    const [first, ...rest] = items;
    if (first) this.#setCamera(fitBox(rest.reduce(unionOfBoxes, first), this.size, this.#view));
  }

  #setCamera(camera: Camera, isFitted = false): void {
    this.#isFitted = isFitted;
    if (camera === this.camera) return;
    this.camera = camera;
    this.emit("camera", camera);
  }

  // ---- what is shown ------------------------------------------------------------------------------------------

  overlay(): OverlayModel {
    const draft: Draft | null = this.#draft && { ...this.#draft, classId: this.#activeClassId };
    const drawing = this.#toolName === "draw";
    return {
      hovered: this.#allHidden || this.#held.size > 0 ? null : this.#hover.instance,
      selected: this.#allHidden ? [] : this.selectedInstances.map((each) => this.#held.get(each.id) ?? each),
      withHandles: this.#toolName === "select",
      activeVertex: this.#hover.vertex ?? this.#activeVertex,
      ghostVertex: this.#held.size > 0 ? null : this.#hover.ghost,
      draft,
      pointer: this.#pointer,
      closesDraft: this.#closesDraft,
      crosshair: drawing,
    };
  }

  #changed(): void {
    this.state = this.#snapshot();
    this.emit("change", null);
  }

  #snapshot(): EditorState {
    return {
      document: this.document,
      selection: this.#selection,
      hidden: this.#hidden,
      allHidden: this.#allHidden,
      opacity: this.style.opacity,
      tool: this.#toolName,
      activeClassId: this.#activeClassId,
      draftPoints: (this.#draft?.points.length ?? 0) / 2,
      undoLabel: this.#history.past.at(-1)?.label ?? null,
      redoLabel: this.#history.future.at(-1)?.label ?? null,
    };
  }
}
