import type { AnnotationDocument } from "@/canvas/model/document";
import type { History } from "@/canvas/document/history";
import { HistoryPacker, unpackHistory } from "@/canvas/document/packing";
import type { BrowserDatabase } from "./database";
import type { HistoryRecord } from "./kept";

/** A history is written when the hand has rested this long, and when its page is left. */
export const HISTORY_REST_MS = 400;
export const KEPT_IMAGES = 50;
export const KEPT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Undo and redo of each image between visits. Only the person who made them sees them. */
export class Histories {
  readonly #database: BrowserDatabase;

  constructor(database: BrowserDatabase) {
    this.#database = database;
  }

  /** The history of an image; null when there is none that ends in `document`. */
  async read(user: number, image: string, document: AnnotationDocument): Promise<History | null> {
    const record = await (await this.#database.open()).get("histories", [user, image]);
    return record ? unpackHistory(record.history, document) : null;
  }

  write(record: HistoryRecord): Promise<void> {
    const { past, future } = record.history;
    return this.#database.write("histories", "relaxed", (store) => [
      past.length + future.length > 0 ? store.put(record) : store.delete([record.user, record.image]),
    ]);
  }

  /** Lets go of what is other people's, too old, or beyond the newest images. */
  async clean(user: number, now: number): Promise<void> {
    const database = await this.#database.open();
    const tooOld = IDBKeyRange.upperBound(now - KEPT_DAYS * DAY_MS);
    const all = await database.getAllKeysFromIndex("histories", "at");
    const old = await database.getAllKeysFromIndex("histories", "at", tooOld);
    // Oldest first, so the old ones are the first of all.
    const mine = all.slice(old.length).filter(([owner]) => owner === user);
    const kept = new Set(mine.slice(-KEPT_IMAGES));
    const doomed = all.filter((key) => !kept.has(key));
    if (doomed.length === 0) return;
    await this.#database.write("histories", "relaxed", (store) => doomed.map((key) => store.delete(key)));
  }
}

type KeeperOptions = {
  readonly user: number;
  readonly image: string;
  readonly histories: Histories;
  /** The browser refused to keep it. */
  readonly onFailure: () => void;
};

/** Keeps the history of the image that is open, behind the hand that makes it. */
export class HistoryKeeper {
  readonly #options: KeeperOptions;
  readonly #packer = new HistoryPacker();
  #due: History | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  keep(history: History): void {
    this.#due = history;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), HISTORY_REST_MS);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#due) return;
    const { user, image, histories, onFailure } = this.#options;
    const history = this.#packer.pack(this.#due);
    this.#due = null;
    await histories.write({ user, image, history, at: Date.now() }).catch(onFailure);
  }
}
