import type { Difference } from "@/canvas/document/difference";
import type { Status } from "@/api/types";

/** What the server does not have yet of one image, as kept on this device. */
export type JournalEntry = {
  /** Of the person who made the changes: nobody else's session may send them. */
  readonly user: number;
  readonly image: string;
  readonly baseRevision: number;
  readonly difference: Difference;
  readonly status: Status | null;
  /** Points of an outline that was not finished. */
  readonly draft: readonly number[];
  readonly at: number;
};

export interface Journal {
  read(user: number, image: string): Promise<JournalEntry | null>;
  write(entry: JournalEntry): Promise<void>;
  remove(user: number, image: string): Promise<void>;
  list(user: number): Promise<JournalEntry[]>;
}

const DATABASE = "segloop-journal";
const STORE = "unsaved";

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed."));
  });
}

/** The journal in the browser's own database: it outlives reloads and crashes. */
export class IndexedDbJournal implements Journal {
  #database: Promise<IDBDatabase> | null = null;

  #open(): Promise<IDBDatabase> {
    this.#database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["user", "image"] });
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error ?? new Error("IndexedDB cannot be opened."));
    });
    this.#database.catch(() => (this.#database = null));
    return this.#database;
  }

  async #store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    return (await this.#open()).transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
  }

  async read(user: number, image: string): Promise<JournalEntry | null> {
    return (
      ((await answerOf((await this.#store("readonly")).get([user, image]))) as JournalEntry | undefined) ??
      null
    );
  }

  async write(entry: JournalEntry): Promise<void> {
    await answerOf((await this.#store("readwrite")).put(entry));
  }

  async remove(user: number, image: string): Promise<void> {
    await answerOf((await this.#store("readwrite")).delete([user, image]));
  }

  async list(user: number): Promise<JournalEntry[]> {
    const range = IDBKeyRange.bound([user, ""], [user, "\uffff"]);
    return (await answerOf((await this.#store("readonly")).getAll(range))) as JournalEntry[];
  }
}
