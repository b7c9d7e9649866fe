import type { Instance } from "../model/document";
import type { Scene } from "../scene/scene";
import type { Aiming } from "./aiming";
import type { Events } from "./events";
import type { Pointing } from "./pointing";

type Ids = ReadonlySet<string>;
const NOTHING: Ids = new Set();

/** Which objects are selected, which are seen, and which may be picked. */
export class Selection {
  readonly #scene: Scene;
  readonly #aiming: Aiming;
  readonly #pointing: Pointing;
  readonly #events: Events;
  #ids = NOTHING;
  #hidden = NOTHING;
  #locked = NOTHING;
  #allHidden = false;

  constructor(parts: { scene: Scene; aiming: Aiming; pointing: Pointing; events: Events }) {
    this.#scene = parts.scene;
    this.#aiming = parts.aiming;
    this.#pointing = parts.pointing;
    this.#events = parts.events;
  }

  get ids(): Ids {
    return this.#ids;
  }

  get hidden(): Ids {
    return this.#hidden;
  }

  /** Seen and snapped to, but not to be picked, changed or deleted. */
  get locked(): Ids {
    return this.#locked;
  }

  get allHidden(): boolean {
    return this.#allHidden;
  }

  get instances(): Instance[] {
    return [...this.#ids].flatMap((id) => this.#scene.item(id)?.instance ?? []);
  }

  get single(): Instance | null {
    const [id] = this.#ids;
    return id !== undefined && this.#ids.size === 1 ? (this.#scene.item(id)?.instance ?? null) : null;
  }

  select(ids: Iterable<string>): void {
    this.#ids = new Set([...ids].filter((id) => this.isPickable(id)));
    this.#pointing.activeVertex = null;
    this.#pointing.forgetHover();
    this.#events.changed();
  }

  /** Only the object that is aimed at stays selected. Nobody is told: the tool or its outline changes as well. */
  keepTarget(): void {
    const target = this.#aiming.aim?.target;
    this.#ids = target === undefined ? NOTHING : new Set([target]);
  }

  setHidden(ids: Iterable<string>, isHidden: boolean): void {
    this.#hidden = changed(this.#hidden, ids, isHidden);
    this.#letGo((id) => this.isPickable(id));
    this.#events.changed();
  }

  setLocked(ids: Iterable<string>, isLocked: boolean): void {
    this.#locked = changed(this.#locked, ids, isLocked);
    this.#letGo((id) => this.isPickable(id));
    this.#events.changed();
  }

  setAllHidden(isHidden: boolean): void {
    this.#allHidden = isHidden;
    this.#events.changed();
  }

  isVisible(id: string): boolean {
    return !this.#allHidden && !this.#hidden.has(id);
  }

  /** May be selected and edited. */
  isPickable(id: string): boolean {
    return this.isVisible(id) && !this.#locked.has(id);
  }

  unlocked(ids: Ids): Ids {
    return keptOf(ids, (id) => !this.#locked.has(id));
  }

  /** What the layer of committed objects leaves out: what is hidden, and what the overlay draws. */
  get skipped(): Ids {
    return this.#hidden.size === 0 ? this.#ids : new Set([...this.#hidden, ...this.#ids]);
  }

  /** After an edit: objects that are no more. */
  forgetGone(): void {
    const isThere = (id: string): boolean => this.#scene.item(id) !== undefined;
    this.#hidden = keptOf(this.#hidden, isThere);
    this.#locked = keptOf(this.#locked, isThere);
    this.#letGo(isThere);
  }

  #letGo(isKept: (id: string) => boolean): void {
    this.#ids = keptOf(this.#ids, isKept);
    const { aim } = this.#aiming;
    if (aim && !isKept(aim.target)) this.#aiming.aim = null;
    if (!this.single) this.#pointing.activeVertex = null;
  }
}

function changed(set: Ids, ids: Iterable<string>, isIn: boolean): Ids {
  const next = new Set(set);
  for (const id of ids) {
    if (isIn) next.add(id);
    else next.delete(id);
  }
  return next;
}

/** The same set when all of it is kept. */
function keptOf(set: Ids, isKept: (id: string) => boolean): Ids {
  const kept = [...set].filter(isKept);
  return kept.length === set.size ? set : new Set(kept);
}
