import { addInstance, setClass, storable } from "../document/actions";
import { type AreaEdit, withAreaAdded, withAreaCut } from "../document/areas";
import { type Entry, undo } from "../document/history";
import { mendedPolygons } from "../geometry/crossings";
import { costOf, type FreehandStroke, outlineOf, type Simplified } from "../geometry/strokes";
import type { Polygons, Ring, Size } from "../geometry/types";
import {
  type AnnotationDocument,
  classOfChoice,
  IGNORE,
  type Instance,
  isIgnored,
  newId,
} from "../model/document";
import type { LastDrawn } from "../model/state";
import type { Aim } from "../model/work";
import type { Aiming } from "./aiming";
import type { Edits } from "./edits";
import type { Events } from "./events";
import type { ToolOptions } from "./options";
import type { Selection } from "./selection";

type StrokeMade = Simplified & {
  readonly stroke: FreehandStroke;
  readonly made: AnnotationDocument;
  readonly aim: Aim | null;
};

type Parts = {
  readonly events: Events;
  readonly options: ToolOptions;
  readonly aiming: Aiming;
  readonly selection: Selection;
  readonly edits: Edits;
  /** Takes an outline that could not become an object yet. */
  readonly keepInHand: (points: Ring) => void;
};

/** What becomes of an outline: an object of a class, or more or less of one. Strokes can be simplified anew. */
export class Outlines {
  readonly #size: Size;
  readonly #parts: Parts;
  /** Of what is drawn next; `IGNORE`: an ignore region. Null: nobody has chosen. */
  classId: number | null = null;
  /** The class before ignore regions were drawn. */
  #before: number | null = null;
  lastDrawn: LastDrawn = { tool: "draw", classId: null };
  #stroke: StrokeMade | null = null;

  constructor(size: Size, parts: Parts) {
    this.#size = size;
    this.#parts = parts;
  }

  /** The class of what is drawn next, and of what is selected now. */
  chooseClass(classId: number): void {
    const { selection, edits, events } = this.#parts;
    if (classId === IGNORE && this.classId !== IGNORE) this.#before = this.classId;
    this.classId = classId;
    this.#stroke = null;
    if (selection.ids.size > 0) {
      const label = classId === IGNORE ? "Turn into ignore region" : "Change class";
      edits.apply(label, setClass(selection.ids, classOfChoice(classId)));
    } else this.lastDrawn = { ...this.lastDrawn, classId };
    events.changed();
  }

  /** Ignore regions from here on, or what is selected as one; once more, the class as before. */
  toggleIgnored(): void {
    const { instances } = this.#parts.selection;
    const isOn = instances.length > 0 ? instances.every(isIgnored) : this.classId === IGNORE;
    if (!isOn) return this.chooseClass(IGNORE);
    const back = this.classId === IGNORE ? this.#before : this.classId;
    if (back === null) this.#parts.events.emit("needsClass", null);
    else this.chooseClass(back);
  }

  /** As an earlier visit has left it. */
  setLastDrawn(lastDrawn: LastDrawn): void {
    this.lastDrawn = lastDrawn;
    this.#parts.events.changed();
  }

  /** What is drawn next is added to this object, or cut out of it; once, or until somebody ends it. */
  aimAt(purpose: "add" | "cut", target: string, staysOn = false): void {
    const { aiming, selection, events } = this.#parts;
    aiming.aim = { purpose, target };
    aiming.staysOn = staysOn;
    selection.keepTarget();
    events.changed();
  }

  /** A closed outline; the stroke that it came from can be simplified anew until the next action. */
  addPolygon(points: Ring, stroke: FreehandStroke | null = null): boolean {
    const { edits, aiming, events } = this.#parts;
    const { aim } = aiming;
    const drawn: Polygons = [[points]];
    const outer = stroke ? mendedPolygons(drawn) : drawn;
    const parts = outer === drawn ? null : this.madeOf(mendedPolygons(drawn, "parts"));
    const isDone = this.addArea(outer);
    if (isDone && stroke) this.#stroke = { ...costOf(stroke, points), stroke, made: edits.document, aim };
    if (isDone && parts) edits.offerWays(edits.history.past.at(-1)?.label ?? "Draw object", parts.document);
    events.changed();
    return isDone;
  }

  /** What an area would make, as an entry of history; null when it could not become that. */
  madeOf(area: Polygons, label = "Draw object"): Entry | null {
    const { edits, aiming } = this.#parts;
    const { target } = aiming;
    if (target) {
      const edit = this.#edit(target, area);
      return "refusal" in edit ? null : { label, document: edit.action(edits.document) };
    }
    if (this.classId === null) return null;
    const instance = storable(
      { id: newId(), class_id: classOfChoice(this.classId), polygons: area },
      this.#size,
    );
    return instance && { label, document: addInstance(instance)(edits.document) };
  }

  #edit(target: Instance, area: Polygons): AreaEdit {
    return this.#parts.aiming.purpose === "add"
      ? withAreaAdded(target, area, this.#size)
      : withAreaCut([target], area, this.#size);
  }

  /** An object, or more or less of the one that is aimed at. False when the area could not become that. */
  addArea(area: Polygons, id = newId(), label?: string): boolean {
    const { aiming, edits } = this.#parts;
    const { target, purpose, staysOn } = aiming;
    if (!target) return this.create(area, id) !== null;
    const usual = purpose === "add" ? "Add to object" : "Cut from object";
    const isDone = edits.edit(label ?? usual, this.#edit(target, area));
    aiming.isSpent = isDone && !staysOn;
    return isDone;
  }

  /** A new object of the class at hand; without one the outline stays in hand. */
  create(polygons: Polygons, id = newId()): Instance | null {
    const { events, edits, options, selection, keepInHand } = this.#parts;
    if (this.classId === null) {
      events.emit("needsClass", null);
      const outer = polygons[0]?.[0];
      // A drawn outline is in hand already; other tools leave theirs there.
      if (outer) keepInHand(outer);
      return null;
    }
    const instance = storable({ id, class_id: classOfChoice(this.classId), polygons }, this.#size);
    if (!instance) return null;
    this.lastDrawn = { ...this.lastDrawn, classId: this.classId };
    edits.apply(isIgnored(instance) ? "Draw ignore region" : "Draw object", addInstance(instance));
    if (options.values.selectsNew) selection.select([id]);
    return instance;
  }

  /** The stroke just drawn, which can be simplified anew; null after any other action. */
  get stroke(): StrokeMade | null {
    return this.#stroke?.made === this.#parts.edits.document ? this.#stroke : null;
  }

  set stroke(stroke: StrokeMade | null) {
    this.#stroke = stroke;
  }

  /** In CSS pixels. A stroke that was just drawn is simplified anew, in the place of its entry of history. */
  setTolerance(strokeTolerance: number): void {
    this.#parts.options.set({ strokeTolerance });
    if (this.stroke) this.#simplifyAnew(this.stroke);
  }

  #simplifyAnew({ stroke, aim }: StrokeMade): void {
    const { edits, aiming, events, options } = this.#parts;
    const { history, document } = edits;
    const now = aiming.aim;
    const id = document.instances.at(-1)?.id;
    const points = outlineOf(stroke, options.values.strokeTolerance);
    edits.show(undo(history));
    aiming.aim = aim;
    const isDone = this.addArea(mendedPolygons([[points]]), id);
    aiming.aim = now;
    aiming.isSpent = false;
    if (!isDone) return edits.become(history);
    this.#stroke = { ...costOf(stroke, points), stroke, made: edits.document, aim };
    events.changed();
  }
}
