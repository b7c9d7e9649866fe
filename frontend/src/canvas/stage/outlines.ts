import { addInstance, storable } from "../document/actions";
import { type AreaEdit, withAreaAdded, withAreaCut } from "../document/areas";
import { type AnnotationDocument, type Instance, newId } from "../model/document";
import { type Entry, undo } from "../document/history";
import type { Aim } from "../model/work";
import { mendedPolygons } from "../geometry/crossings";
import type { Polygons, Ring } from "../geometry/types";
import type { LastDrawn } from "../model/state";
import {
  costOf,
  MAX_STROKE_TOLERANCE,
  outlineOf,
  type Simplified,
  type FreehandStroke,
} from "../geometry/strokes";
import { DocumentEditor } from "./edits";

type StrokeMade = {
  readonly stroke: FreehandStroke;
  readonly made: AnnotationDocument;
  readonly aim: Aim | null;
};

/** What becomes of an outline: an object of its own, or more or less of one; strokes can be simplified anew. */
export abstract class AreaEditor extends DocumentEditor {
  protected lastDrawn: LastDrawn = { tool: "draw", classId: null };
  protected staysOn = false;
  /** The outline that ends the purpose was drawn. */
  protected isSpent = false;
  protected lastStroke: (Simplified & StrokeMade) | null = null;

  /** A closed outline; the stroke that it came from can be simplified anew until the next action. */
  addPolygon(points: Ring, stroke: FreehandStroke | null = null): boolean {
    const { aim, document } = this;
    const drawn: Polygons = [[points]];
    const outer = stroke ? mendedPolygons(drawn) : drawn;
    const parts = outer === drawn ? null : this.madeOn(document, mendedPolygons(drawn, "parts"));
    const isDone = this.addArea(outer);
    if (isDone && stroke) this.lastStroke = { ...costOf(stroke, points), stroke, made: this.document, aim };
    if (isDone && parts) {
      const label = this.history.past.at(-1)?.label ?? "Draw object";
      this.mended = { label, ways: { outer: this.document, parts: parts.document } };
    }
    this.changed();
    return isDone;
  }

  /** What an area would make, as an entry of history; null when it could not become that. */
  madeOf(area: Polygons, label = "Draw object"): Entry | null {
    return this.madeOn(this.document, area, label);
  }

  protected madeOn(document: AnnotationDocument, area: Polygons, label = "Draw object"): Entry | null {
    const { target } = this;
    if (target) {
      const edit = this.areaEdit(target, area);
      return "refusal" in edit ? null : { label, document: edit.action(document) };
    }
    if (this.activeClassId === null) return null;
    const instance = storable({ id: newId(), class_id: this.activeClassId, polygons: area }, this.size);
    return instance && { label, document: addInstance(instance)(document) };
  }

  protected areaEdit(target: Instance, area: Polygons): AreaEdit {
    return this.purpose === "add"
      ? withAreaAdded(target, area, this.size)
      : withAreaCut([target], area, this.size);
  }

  /** An object, or more or less of the one at hand. False when the area could not become that. */
  addArea(area: Polygons, id = newId(), label?: string): boolean {
    const { target } = this;
    if (!target) return this.create(area, id) !== null;
    const usual = this.purpose === "add" ? "Add to object" : "Cut from object";
    const isDone = this.edit(label ?? usual, this.areaEdit(target, area));
    this.isSpent = isDone && !this.staysOn;
    return isDone;
  }

  /** In CSS pixels. A stroke that was just drawn is simplified anew, in the place of its entry of history. */
  setStrokeTolerance(tolerance: number): void {
    this.setOptions({ strokeTolerance: Math.max(0, Math.min(MAX_STROKE_TOLERANCE, tolerance)) });
    if (this.strokeAtHand) this.simplifyAnew(this.strokeAtHand);
  }

  protected get strokeAtHand() {
    return this.lastStroke?.made === this.document ? this.lastStroke : null;
  }

  protected simplifyAnew({ stroke, aim }: StrokeMade): void {
    const history = this.history;
    const now = { purpose: this.purpose, target: this.targetId };
    const id = this.document.instances.at(-1)?.id;
    const points = outlineOf(stroke, this.options.strokeTolerance);
    this.history = undo(history);
    this.afterDocument();
    this.setPurpose(aim?.purpose ?? "new", aim?.target ?? null);
    const isDone = this.addArea(mendedPolygons([[points]]), id);
    this.setPurpose(now.purpose, now.target);
    this.isSpent = false;
    if (!isDone) return this.become(history);
    this.lastStroke = { ...costOf(stroke, points), stroke, made: this.document, aim };
    this.changed();
  }

  /** A new object of the class at hand; without one the outline stays in hand. */
  create(polygons: Polygons, id = newId()): Instance | null {
    if (this.activeClassId === null) {
      this.emit("needsClass", null);
      const outer = polygons[0]?.[0];
      // A drawn outline is in hand already; other tools leave theirs there.
      if (outer) this.keepInHand(outer);
      return null;
    }
    const drawn = { id, class_id: this.activeClassId, polygons };
    const instance = storable(drawn, this.size);
    if (!instance) return null;
    this.lastDrawn = { ...this.lastDrawn, classId: instance.class_id };
    this.apply("Draw object", addInstance(instance));
    if (this.options.selectsNew) this.select([id]);
    return instance;
  }

  /** What is drawn next is added to this object, or cut out of it; once, or until somebody ends it. */
  aimAt(purpose: "add" | "cut", id: string, staysOn = false): void {
    this.setPurpose(purpose, id);
    this.staysOn = staysOn;
    this.chosen = new Set([id]);
    this.changed();
  }

  setStaysOn(staysOn: boolean): void {
    this.staysOn = staysOn;
    this.changed();
  }

  /** As an earlier visit has left it. */
  setLastDrawn(lastDrawn: LastDrawn): void {
    this.lastDrawn = lastDrawn;
    this.changed();
  }

  /** An outline that could not become an object yet stays in hand. */
  protected abstract keepInHand(points: Ring): void;
}
