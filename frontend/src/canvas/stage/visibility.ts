const NOTHING: ReadonlySet<string> = new Set();

/** Which objects are seen, and which may be picked. */
export class Visibility {
  allHidden = false;
  #hidden = NOTHING;
  #locked = NOTHING;

  get hidden(): ReadonlySet<string> {
    return this.#hidden;
  }

  /** Seen and snapped to, but not to be picked, changed or deleted. */
  get locked(): ReadonlySet<string> {
    return this.#locked;
  }

  setHidden(ids: Iterable<string>, hidden: boolean): void {
    this.#hidden = changed(this.#hidden, ids, hidden);
  }

  setLocked(ids: Iterable<string>, locked: boolean): void {
    this.#locked = changed(this.#locked, ids, locked);
  }

  isVisible(id: string): boolean {
    return !this.allHidden && !this.#hidden.has(id);
  }

  isPickable(id: string): boolean {
    return this.isVisible(id) && !this.#locked.has(id);
  }

  /** Forgets objects that are no more. */
  keep(isThere: (id: string) => boolean): void {
    this.#hidden = keptOf(this.#hidden, isThere);
    this.#locked = keptOf(this.#locked, isThere);
  }
}

function changed(set: ReadonlySet<string>, ids: Iterable<string>, isIn: boolean): ReadonlySet<string> {
  const next = new Set(set);
  for (const id of ids) {
    if (isIn) next.add(id);
    else next.delete(id);
  }
  return next;
}

/** The same set when all of it is kept. */
export function keptOf(set: ReadonlySet<string>, isKept: (id: string) => boolean): ReadonlySet<string> {
  const kept = [...set].filter(isKept);
  return kept.length === set.size ? set : new Set(kept);
}
