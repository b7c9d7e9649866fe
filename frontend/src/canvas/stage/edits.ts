import {
  type Action,
  deleteInstances,
  replaceInstances,
  setAttributes,
  setClass,
  storable,
} from "../document/actions";
import type { AreaEdit } from "../document/areas";
import type { AnnotationDocument, Attributes, Instance } from "../model/document";
import { commit, type History, startHistory } from "../document/history";
import type { Aim } from "../model/work";
import { mendedPolygons } from "../geometry/crossings";
import { unionOfBoxes } from "../geometry/polygons";
import type { Box, Size } from "../geometry/types";
import { HandWithOptions } from "./options";
import { type ClassStyle, type ColorBy, OBJECT_PALETTE, type ShapeStyle } from "../model/style";
import { ObjectColors } from "../scene/object-colors";
import { Scene } from "../scene/scene";
import type { EditorEvents, Purpose } from "../model/state";
import { keptOf, Visibility } from "./visibility";

/** How an outline that crosses itself is repaired. */
export type Way = "outer" | "parts";

const NOTHING: ReadonlySet<string> = new Set();

/** One image's document and its history, what is selected and seen of it, and what an outline is drawn for. */
export abstract class DocumentEditor extends HandWithOptions<EditorEvents> {
  readonly scene = new Scene();
  protected readonly colors = new ObjectColors(this.scene, OBJECT_PALETTE.length);
  style: ShapeStyle = {
    ...{ classes: new Map<number, ClassStyle>(), opacity: 0.35, colorBy: "class" as ColorBy, labels: false },
    numberOf: (id) => this.colors.of(id),
  };
  history: History;
  protected chosen = NOTHING;
  protected readonly visibility = new Visibility();
  protected activeClassId: number | null = null;
  protected held: ReadonlyMap<string, Instance> = new Map();
  protected purpose: Purpose = "new";
  /** A drag has made an object cross itself, which was repaired: the document, and as it is with the other repair. */
  protected mended: {
    readonly label: string;
    readonly ways: Readonly<Record<Way, AnnotationDocument>>;
  } | null = null;
  /** The object that `purpose` adds to or cuts from. */
  protected targetId: string | null = null;
  /** `history` is that of an earlier visit; it ends in `document`. */
  constructor(size: Size, document: AnnotationDocument, history = startHistory(document)) {
    super(size);
    this.history = history;
    this.scene.update(document);
  }

  get document(): AnnotationDocument {
    return this.history.present;
  }

  /** One entry of history. Nothing happens when the action changes nothing. */
  apply(label: string, action: Action): void {
    this.become(commit(this.history, label, action(this.document)));
  }

  protected become(history: History): void {
    if (history === this.history) return;
    this.history = history;
    this.afterDocument();
    this.emit("document", this.document);
  }

  protected afterDocument(): void {
    const changes = this.scene.update(this.document);
    this.colors.update(changes.map(({ id }) => id));
    const gone = changes.some(({ id }) => !this.scene.item(id));
    if (gone) {
      const isThere = (id: string): boolean => this.scene.item(id) !== undefined;
      this.chosen = keptOf(this.chosen, isThere);
      this.visibility.keep(isThere);
      if (this.targetId !== null && !this.scene.item(this.targetId)) this.setPurpose("new", null);
    }
    this.forgetHover();
    if (!this.singleSelected) this.activeVertex = null;
    this.emit("scene", changes);
    this.changed();
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
  /** The object that outlines are added to or cut from. */
  get target(): Instance | null {
    return this.targetId === null ? null : (this.scene.item(this.targetId)?.instance ?? null);
  }

  get aim(): Aim | null {
    const target = this.targetId;
    return this.purpose === "new" || target === null ? null : { purpose: this.purpose, target };
  }

  protected setPurpose(purpose: Purpose, target: string | null): void {
    this.purpose = purpose;
    this.targetId = target;
  }

  /** Shows objects as they look in hand; the document stays as it is until `release`. */
  hold(instances: readonly Instance[]): void {
    this.held = new Map(instances.map((instance) => [instance.id, instance]));
    this.redrawOverlay();
  }

  release(label: string): void {
    const held = [...this.held.values()];
    this.held = new Map();
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
    const held = [...this.held.values()];
    const [outer, parts] = (["outer", "parts"] as const).map((way) =>
      held.map((each) => ({ ...each, polygons: mendedPolygons(each.polygons, way) })),
    ) as [Instance[], Instance[]];
    const isMended = outer.some(({ polygons }, i) => polygons !== held[i]?.polygons);
    if (isMended) this.held = new Map(outer.map((each) => [each.id, each]));
    const before = this.document;
    this.release(label);
    if (isMended && this.document !== before) this.offerParts(label, parts);
  }

  protected offerParts(label: string, parts: readonly Instance[]): void {
    const stored = parts.flatMap((each) => storable(each, this.size) ?? []);
    const ways = { outer: this.document, parts: replaceInstances(stored)(this.document) };
    this.mended = { label, ways };
    this.notify("The outline crossed itself: its outer contour was kept. Undo takes that back.");
    this.changed();
  }

  protected get mendedAtHand() {
    const { ways } = this.mended ?? {};
    return ways?.outer === this.document || ways?.parts === this.document ? this.mended : null;
  }

  deleteObjects(ids: ReadonlySet<string>): void {
    const free = this.unlocked(ids);
    this.apply(free.size === 1 ? "Delete object" : `Delete ${free.size} objects`, deleteInstances(free));
  }
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

  setClassOf(ids: ReadonlySet<string>, classId: number): void {
    this.apply("Change class", setClass(this.unlocked(ids), classId));
  }

  setAttributesOf(ids: ReadonlySet<string>, attributes: Attributes): void {
    this.apply("Change attributes", setAttributes(this.unlocked(ids), attributes));
  }
  get selection(): ReadonlySet<string> {
    return this.chosen;
  }

  get selectedInstances(): Instance[] {
    return [...this.chosen].flatMap((id) => this.scene.item(id)?.instance ?? []);
  }

  get singleSelected(): Instance | null {
    if (this.chosen.size !== 1) return null;
    const [id] = this.chosen;
    return this.scene.item(id as string)?.instance ?? null;
  }

  zoomToSelected(): void {
    const items = [...this.chosen].flatMap((id) => this.scene.item(id) ?? []);
    if (items.length > 0) this.zoomToBox(items.reduce<Box>(unionOfBoxes, items[0] as Box));
  }

  select(ids: Iterable<string>): void {
    this.chosen = new Set([...ids].filter((id) => this.isPickable(id)));
    this.activeVertex = null;
    this.forgetHover();
    this.changed();
  }

  setHidden(ids: Iterable<string>, hidden: boolean): void {
    this.visibility.setHidden(ids, hidden);
    this.afterVisibility();
  }

  setLocked(ids: Iterable<string>, locked: boolean): void {
    this.visibility.setLocked(ids, locked);
    this.afterVisibility();
  }

  /** What can no longer be picked is no longer in hand either. */
  protected afterVisibility(): void {
    this.chosen = keptOf(this.chosen, (id) => this.isPickable(id));
    if (this.targetId !== null && !this.isPickable(this.targetId)) this.setPurpose("new", null);
    if (!this.singleSelected) this.activeVertex = null;
    this.changed();
  }

  get allHidden(): boolean {
    return this.visibility.allHidden;
  }

  setAllHidden(hidden: boolean): void {
    this.visibility.allHidden = hidden;
    this.changed();
  }

  isVisible(id: string): boolean {
    return this.visibility.isVisible(id);
  }

  /** May be selected and edited. */
  isPickable(id: string): boolean {
    return this.visibility.isPickable(id);
  }

  protected unlocked(ids: ReadonlySet<string>): ReadonlySet<string> {
    return keptOf(ids, (id) => !this.visibility.locked.has(id));
  }

  /** What the layer of committed objects leaves out: what is hidden, and what the overlay draws. */
  get skipped(): ReadonlySet<string> {
    const { hidden } = this.visibility;
    return hidden.size === 0 ? this.chosen : new Set([...hidden, ...this.chosen]);
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

  notify(message: string): void {
    this.emit("message", message);
  }
}
