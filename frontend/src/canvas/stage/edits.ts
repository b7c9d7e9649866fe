import { type Action, replaceInstances, storable } from "../document/actions";
import type { AreaEdit } from "../document/areas";
import { commit, type History, restart, undo } from "../document/history";
import { mendedPolygons } from "../geometry/crossings";
import type { Size } from "../geometry/types";
import { type AnnotationDocument, type Instance, withoutOutlinedBoxes } from "../model/document";
import type { Scene } from "../scene/scene";
import type { Events } from "./events";
import type { Look } from "./look";
import type { Pointing } from "./pointing";
import type { Selection } from "./selection";

/** How an outline that crosses itself is repaired. */
export type Way = "outer" | "parts";

/** The documents that the two repairs of one edit make. */
export type Mended = { readonly label: string; readonly ways: Readonly<Record<Way, AnnotationDocument>> };

type Parts = { scene: Scene; look: Look; pointing: Pointing; selection: Selection; events: Events };

/** One image's document, its history, and the objects that a hand has taken out of it. */
export class Edits {
  readonly #size: Size;
  readonly #parts: Parts;
  #history: History;
  #held: ReadonlyMap<string, Instance> = new Map();
  #mended: Mended | null = null;

  /** `history` ends in the document. */
  constructor(size: Size, history: History, parts: Parts) {
    this.#size = size;
    this.#parts = parts;
    this.#history = history;
    parts.scene.update(history.present);
  }

  get history(): History {
    return this.#history;
  }

  get document(): AnnotationDocument {
    return this.#history.present;
  }

  /** One entry of history. Nothing happens when the action changes nothing. */
  apply(label: string, action: Action): void {
    this.become(commit(this.#history, label, withoutOutlinedBoxes(action(this.document))));
  }

  /** False, with a word why, when the edit cannot be. */
  edit(label: string, edit: AreaEdit): boolean {
    if ("refusal" in edit) {
      this.#parts.events.notify(edit.refusal);
      return false;
    }
    this.apply(label, edit.action);
    return true;
  }

  /** Another history, which may end in another document. */
  become(history: History): void {
    if (history === this.#history) return;
    if (this.show(history)) this.#parts.events.emit("document", this.document);
  }

  /** The same without an edit to be told of. True when the document is another. */
  show(history: History): boolean {
    const isNews = history.present !== this.document;
    this.#history = history;
    if (isNews) this.#afterDocument();
    else this.#parts.events.changed();
    return isNews;
  }

  /** Another document as it stands on the server: history starts anew, but for outlines that were given up. */
  load(document: AnnotationDocument): void {
    this.#history = restart(this.#history, document);
    this.#afterDocument();
  }

  #afterDocument(): void {
    const { scene, look, pointing, selection, events } = this.#parts;
    const changes = scene.update(this.document);
    look.colors.update(changes.map(({ id }) => id));
    if (changes.some(({ id }) => !scene.item(id))) selection.forgetGone();
    pointing.forgetHover();
    if (!selection.single) pointing.activeVertex = null;
    events.emit("scene", changes);
    events.changed();
  }

  /** Objects as they look in hand; the document stays as it is until `release`. */
  get held(): ReadonlyMap<string, Instance> {
    return this.#held;
  }

  hold(instances: readonly Instance[]): void {
    this.#held = new Map(instances.map((instance) => [instance.id, instance]));
    this.#parts.events.redraw();
  }

  release(label: string): void {
    const held = [...this.#held.values()];
    this.hold([]);
    const kept = held.map((instance) => storable(instance, this.#size));
    if (kept.every((instance) => instance !== null)) this.apply(label, replaceInstances(kept));
    else this.#parts.events.notify("That would leave nothing of the object. It is back where it was.");
  }

  /** `release` of a ring that was reshaped: where it crosses itself its outer contour is kept, and that is said. */
  releaseMended(label: string): void {
    const held = [...this.#held.values()];
    const outer = mended(held, "outer");
    const isMended = outer.some(({ polygons }, i) => polygons !== held[i]?.polygons);
    if (isMended) this.hold(outer);
    const before = this.document;
    this.release(label);
    if (!isMended || this.document === before) return;
    const parts = mended(held, "parts").flatMap((each) => storable(each, this.#size) ?? []);
    this.offerWays(label, replaceInstances(parts)(this.document));
    this.#parts.events.notify(
      "The outline crossed itself: its outer contour was kept. Undo takes that back.",
    );
  }

  /** The document was repaired by the outer contour; `parts` is what the other repair makes. */
  offerWays(label: string, parts: AnnotationDocument): void {
    this.#mended = { label, ways: { outer: this.document, parts } };
    this.#parts.events.changed();
  }

  /** The repairs that can be chosen between; null after any other edit. */
  get mended(): Mended | null {
    const { outer, parts } = this.#mended?.ways ?? {};
    return outer === this.document || parts === this.document ? this.#mended : null;
  }

  /** In the place of the repair that was made. */
  repairBy(way: Way): void {
    const { label, ways } = this.mended ?? {};
    if (label !== undefined && ways && ways[way] !== this.document)
      this.become(commit(undo(this.#history), label, ways[way]));
  }
}

function mended(instances: readonly Instance[], way: Way): Instance[] {
  return instances.map((each) => ({ ...each, polygons: mendedPolygons(each.polygons, way) }));
}
