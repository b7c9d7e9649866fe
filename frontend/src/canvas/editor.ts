import type { Outliner } from "./assist/outliner";
import type { PixelSource } from "./assist/pixels";
import {
  type Action,
  addInstance,
  deleteInstances,
  deleteVertex,
  polygonsWithoutVertex,
  replaceInstances,
  setAttributes,
  setClass,
  storable,
} from "./document/actions";
import { type AreaEdit, withAreaAdded, withAreaCut } from "./document/areas";
import { type AnnotationDocument, type Attributes, type Instance, newId } from "./document/document";
import {
  commit,
  type Entry,
  giveUp,
  giveUpMade,
  type History,
  type Moved,
  redone,
  restart,
  startHistory,
  takeBack,
  undo,
  undone,
} from "./document/history";
import { type Aim, hasSomething, sameWork, type Work } from "./document/work";
import { crossesItself, mendedPolygons } from "./geometry/crossings";
import { unionOfBoxes } from "./geometry/polygons";
import type { Box, Polygons, Ring, Size } from "./geometry/types";
import { KeyCursor } from "./key-cursor";
import { ModelView, type Seen } from "./model-view";
import { HandWithOptions } from "./options";
import type { Draft, OverlayModel } from "./render/overlay-layer";
import { type ClassStyle, type ColorBy, OBJECT_PALETTE, type ShapeStyle } from "./render/style";
import { ObjectColors } from "./scene/object-colors";
import { Scene } from "./scene/scene";
import { Drawing, outlineInHand } from "./tools/draw";
import { divisibleBy } from "./operations";
import { Previewer } from "./preview";
import type { EditorEvents, EditorState, LastDrawn, Purpose } from "./state";
import { costOf, MAX_STROKE_TOLERANCE, outlineOf, type Simplified, type FreehandStroke } from "./strokes";
import { makeTool, takeUp, toolOf } from "./tools/make";
import { DRAWS, isMidGesture, type Lost, type ToolName, type ToolState } from "./tools/tool";
import { keptOf, Visibility } from "./visibility";

export type { EditorState, Purpose };

type Way = "outer" | "parts";
type StrokeMade = {
  readonly stroke: FreehandStroke;
  readonly made: AnnotationDocument;
  readonly aim: Aim | null;
};

const CROSSHAIR: ReadonlySet<ToolName> = new Set(["draw", "wire", "box", "rectangle", "ellipse"]);
const NOTHING: ReadonlySet<string> = new Set();
const NO_POINTS: readonly number[] = [];

/** The editor of one image's annotation: document, history, selection, camera and the tool in hand. Draws nothing itself. */
export class Editor extends HandWithOptions<EditorEvents> {
  readonly scene = new Scene();
  readonly keyCursor = new KeyCursor(this);
  readonly #colors = new ObjectColors(this.scene, OBJECT_PALETTE.length);
  style: ShapeStyle = {
    ...{ classes: new Map<number, ClassStyle>(), opacity: 0.35, colorBy: "class" as ColorBy, labels: false },
    numberOf: (id) => this.#colors.of(id),
  };
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
  #lastDrawn: LastDrawn = { tool: "draw", classId: null };
  #held: ReadonlyMap<string, Instance> = new Map();
  #draft: Draft | null = null;
  /** Points of the outline in hand that were taken back, the last one first to return. */
  undone = NO_POINTS;
  #purpose: Purpose = "new";
  #staysOn = false;
  /** The outline that ends the purpose was drawn. */
  #isSpent = false;
  readonly #previewer = new Previewer();
  /** A drag has made an object cross itself, which was repaired: the document, and as it is with the other repair. */
  #mended: { readonly label: string; readonly ways: Readonly<Record<Way, AnnotationDocument>> } | null = null;
  /** The object that `#purpose` adds to or cuts from. */
  #target: string | null = null;
  #stroke: (Simplified & StrokeMade) | null = null;

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

  /** Another document as it stands on the server: history starts anew, but for outlines that were given up. */
  load(document: AnnotationDocument): void {
    this.cancelPress(true);
    this.history = restart(this.history, document);
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
    this.#colors.update(changes.map(({ id }) => id));
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
    if (isNews) this.#afterDocument();
    if (hand !== undefined) this.#putInHand(hand);
    if (isNews) this.emit("document", this.document);
    this.changed();
  }

  /** A closed outline; the stroke that it came from can be simplified anew until the next action. */
  addPolygon(points: Ring, stroke: FreehandStroke | null = null): boolean {
    const { aim, document } = this;
    const drawn: Polygons = [[points]];
    const outer = stroke ? mendedPolygons(drawn) : drawn;
    const parts = outer === drawn ? null : this.#madeOn(document, mendedPolygons(drawn, "parts"));
    const isDone = this.addArea(outer);
    if (isDone && stroke) this.#stroke = { ...costOf(stroke, points), stroke, made: this.document, aim };
    if (isDone && parts) {
      const label = this.history.past.at(-1)?.label ?? "Draw object";
      this.#mended = { label, ways: { outer: this.document, parts: parts.document } };
    }
    this.changed();
    return isDone;
  }

  /** What an area would make, as an entry of history; null when it could not become that. */
  madeOf(area: Polygons, label = "Draw object"): Entry | null {
    return this.#madeOn(this.document, area, label);
  }

  #madeOn(document: AnnotationDocument, area: Polygons, label = "Draw object"): Entry | null {
    const { target } = this;
    if (target) {
      const edit = this.#areaEdit(target, area);
      return "refusal" in edit ? null : { label, document: edit.action(document) };
    }
    if (this.#activeClassId === null) return null;
    const instance = storable({ id: newId(), class_id: this.#activeClassId, polygons: area }, this.size);
    return instance && { label, document: addInstance(instance)(document) };
  }

  #areaEdit(target: Instance, area: Polygons): AreaEdit {
    return this.#purpose === "add"
      ? withAreaAdded(target, area, this.size)
      : withAreaCut([target], area, this.size);
  }

  /** An object, or more or less of the one at hand. False when the area could not become that. */
  addArea(area: Polygons, id = newId(), label?: string): boolean {
    const { target } = this;
    if (!target) return this.create(area, id) !== null;
    const usual = this.#purpose === "add" ? "Add to object" : "Cut from object";
    const isDone = this.edit(label ?? usual, this.#areaEdit(target, area));
    this.#isSpent = isDone && !this.#staysOn;
    return isDone;
  }

  /** In CSS pixels. A stroke that was just drawn is simplified anew, in the place of its entry of history. */
  setStrokeTolerance(tolerance: number): void {
    this.setOptions({ strokeTolerance: Math.max(0, Math.min(MAX_STROKE_TOLERANCE, tolerance)) });
    if (this.#strokeAtHand) this.#simplifyAnew(this.#strokeAtHand);
  }

  get #strokeAtHand() {
    return this.#stroke?.made === this.document ? this.#stroke : null;
  }

  #simplifyAnew({ stroke, aim }: StrokeMade): void {
    const history = this.history;
    const now = { purpose: this.#purpose, target: this.#target };
    const id = this.document.instances.at(-1)?.id;
    const points = outlineOf(stroke, this.options.strokeTolerance);
    this.history = undo(history);
    this.#afterDocument();
    this.#setPurpose(aim?.purpose ?? "new", aim?.target ?? null);
    const isDone = this.addArea(mendedPolygons([[points]]), id);
    this.#setPurpose(now.purpose, now.target);
    this.#isSpent = false;
    if (!isDone) return this.#become(history);
    this.#stroke = { ...costOf(stroke, points), stroke, made: this.document, aim };
    this.changed();
  }

  /** A new object of the class at hand; without one the outline stays in hand. */
  create(polygons: Polygons, id = newId()): Instance | null {
    if (this.#activeClassId === null) {
      this.emit("needsClass", null);
      const outer = polygons[0]?.[0];
      // A drawn outline is in hand already; other tools leave theirs there.
      if (outer) this.#keepInHand(outer);
      return null;
    }
    const drawn = { id, class_id: this.#activeClassId, polygons };
    const instance = storable(drawn, this.size);
    if (!instance) return null;
    this.#lastDrawn = { ...this.#lastDrawn, classId: instance.class_id };
    this.apply("Draw object", addInstance(instance));
    if (this.options.selectsNew) this.select([id]);
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

  get aim(): Aim | null {
    const target = this.#target;
    return this.#purpose === "new" || target === null ? null : { purpose: this.#purpose, target };
  }

  #setPurpose(purpose: Purpose, target: string | null): void {
    this.#purpose = purpose;
    this.#target = target;
  }

  /** What is drawn next is added to this object, or cut out of it; once, or until somebody ends it. */
  aimAt(purpose: "add" | "cut", id: string, staysOn = false): void {
    this.#setPurpose(purpose, id);
    this.#staysOn = staysOn;
    this.#selection = new Set([id]);
    this.changed();
  }

  setStaysOn(staysOn: boolean): void {
    this.#staysOn = staysOn;
    this.changed();
  }

  /** One outline was what the purpose was for. */
  #endIfSpent(): void {
    if (!this.#isSpent) return;
    this.#isSpent = false;
    const stroke = this.#stroke;
    this.endPurpose();
    this.#stroke = stroke;
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

  /** `release` of a ring that was reshaped: where it crosses itself its outer contour is kept, and that is said. */
  releaseMended(label: string): void {
    const held = [...this.#held.values()];
    const [outer, parts] = (["outer", "parts"] as const).map((way) =>
      held.map((each) => ({ ...each, polygons: mendedPolygons(each.polygons, way) })),
    ) as [Instance[], Instance[]];
    const isMended = outer.some(({ polygons }, i) => polygons !== held[i]?.polygons);
    if (isMended) this.#held = new Map(outer.map((each) => [each.id, each]));
    const before = this.document;
    this.release(label);
    if (isMended && this.document !== before) this.#offerParts(label, parts);
  }

  #offerParts(label: string, parts: readonly Instance[]): void {
    const stored = parts.flatMap((each) => storable(each, this.size) ?? []);
    const ways = { outer: this.document, parts: replaceInstances(stored)(this.document) };
    this.#mended = { label, ways };
    this.notify("The outline crossed itself: its outer contour was kept. Undo takes that back.");
    this.changed();
  }

  get #mendedAtHand() {
    const { ways } = this.#mended ?? {};
    return ways?.outer === this.document || ways?.parts === this.document ? this.#mended : null;
  }

  /** Repairs what crosses itself: the outline in hand, what a drag has just made, or the selected object. */
  mend(way: Way): void {
    if (this.tool.mend) return this.drive((tool) => tool.mend?.(way, this));
    const mended = this.#mendedAtHand;
    const single = this.singleSelected;
    if (mended) {
      if (mended.ways[way] !== this.document)
        this.#become(commit(undo(this.history), mended.label, mended.ways[way]));
    } else if (single && this.#crossing === "object") {
      const polygons = mendedPolygons(single.polygons, way);
      const stored = storable({ ...single, polygons }, this.size);
      if (stored) this.apply("Repair outline", replaceInstances([stored]));
    }
  }

  get #crossing(): EditorState["crossing"] {
    if (this.options.repair) return "outline";
    if (this.#mendedAtHand) return "mended";
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
      classes.size === old.size &&
      [...classes].every(
        ([id, { color, name }]) => old.get(id)?.color === color && old.get(id)?.name === name,
      );
    // The same looks in a new answer of the server are no reason to draw everything again.
    if (isSame) return;
    this.style = { ...this.style, classes };
    this.changed();
  }

  /** The class of what is drawn next, and of what is selected now. */
  chooseClass(classId: number): void {
    this.#activeClassId = classId;
    this.#stroke = null;
    if (this.#selection.size > 0) this.apply("Change class", setClass(this.#selection, classId));
    else this.#lastDrawn = { ...this.#lastDrawn, classId };
    this.changed();
  }

  /** As an earlier visit has left it. */
  setLastDrawn(lastDrawn: LastDrawn): void {
    this.#lastDrawn = lastDrawn;
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

  setColorBy(colorBy: ColorBy): void {
    this.style = { ...this.style, colorBy };
    this.changed();
  }

  setLabels(labels: boolean): void {
    this.style = { ...this.style, labels };
    this.changed();
  }

  setOpacity(opacity: number): void {
    this.style = { ...this.style, opacity };
    this.changed();
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
    if (DRAWS.has(name)) this.#lastDrawn = { ...this.#lastDrawn, tool: name };
    this.options = { ...this.options, offer: null, repair: null, hint: "inside" };
    this.#stroke = null;
    this.guide = null;
    this.pointer = null;
    // An outline in hand keeps its purpose: it would come back as something else.
    if (name === "select" || name === "pan" || name === "slice" || name === "eraser") {
      if (!this.#draft) this.#setPurpose("new", null);
    } else this.#selection = this.#target === null ? NOTHING : new Set([this.#target]);
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
    } else if (this.#purpose !== "new") this.endPurpose();
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

  /** Takes up an outline that an earlier visit left unfinished, or that could not become what it was drawn for. */
  resumeDraft(points: readonly number[], undone = NO_POINTS, aim = this.aim): void {
    this.#setPurpose(aim?.purpose ?? "new", aim?.target ?? null);
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
  #keepInHand(points: Ring): void {
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
      this.#setPurpose(isThere ? aim.purpose : "new", isThere ? aim.target : null);
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
    if (draft) this.#stroke = null;
    // The next object is begun: keys for a class are for it now.
    if (isNews && draft && this.#purpose === "new") this.#selection = NOTHING;
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
    const hand = {
      ...{ document: this.document, size: this.size, purpose: this.#purpose, target: this.target },
      ...{ staysOn: this.#staysOn, draft: this.#draft, guide: this.guide },
      ...{ pointer: this.pointer, closesDraft: this.closesDraft },
      divisible: (line: readonly number[]) => divisibleBy(this, line),
    };
    const preview = this.#previewer.of(hand);
    const shown = new Map(preview.instances.map((each) => [each.id, each]));
    const selected = this.allHidden
      ? []
      : this.selectedInstances.map((each) => shown.get(each.id) ?? this.#held.get(each.id) ?? each);
    return {
      hovered: this.allHidden || this.#held.size > 0 ? null : this.hover.instance,
      selected,
      preview: preview.instances.filter(({ id }) => !this.#selection.has(id)),
      badge: preview.badge,
      crossings: this.allHidden
        ? []
        : this.#previewer.crossings(
            hand,
            tool === "select" && selected.length === 1 ? (selected[0] ?? null) : null,
          ),
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
      selection: this.#selection,
      hidden: this.#visibility.hidden,
      locked: this.#visibility.locked,
      allHidden: this.allHidden,
      opacity: this.style.opacity,
      colorBy: this.style.colorBy,
      labels: this.style.labels,
      tool: this.#toolName,
      activeClassId: this.#activeClassId,
      lastDrawn: this.#lastDrawn,
      draftPoints: (this.#draft?.points.length ?? 0) / 2,
      purpose: this.#purpose,
      staysOn: this.#staysOn,
      crossing: this.#crossing,
      ...this.options,
      stroke: this.#strokeAtHand,
      seen: this.#seen(),
      undoLabel:
        this.draftPoints.length > 0 && this.tool.stepBack
          ? "Last point"
          : (this.history.past.at(-1)?.label ?? null),
      redoLabel: this.undone.length > 0 ? "Last point" : (this.history.future.at(-1)?.label ?? null),
    };
  }
}
