import type { PackedHistory } from "@/canvas/document/packing";

const NAME = "segloop-journal";
const VERSION = 2;

export const EDITS = "edits";
export const HISTORIES = "histories";

function upgrade(database: IDBDatabase, changes: IDBTransaction, from: number): void {
  const edits = database.createObjectStore(EDITS, { keyPath: ["user", "image", "tab"] });
  database.createObjectStore(HISTORIES, { keyPath: ["user", "image"] }).createIndex("at", "at");
  if (from === 0) return;
  // Version 1 had one entry an image, whatever the window.
  const old = changes.objectStore("unsaved").getAll() as IDBRequest<object[]>;
  old.onsuccess = () => {
    for (const entry of old.result) edits.put({ ...entry, tab: "", before: [], sent: [], undone: [] });
    database.deleteObjectStore("unsaved");
  };
}

/** What one history is kept as. */
export type HistoryRecord = {
  readonly user: number;
  readonly image: string;
  readonly history: PackedHistory;
  readonly at: number;
};

/** The browser's own database: it outlives reloads and crashes. Opened when first used. */
export class BrowserDatabase {
  #opened: Promise<IDBDatabase> | null = null;

  #open(): Promise<IDBDatabase> {
    this.#opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = ({ oldVersion }) =>
        upgrade(request.result, request.transaction as IDBTransaction, oldVersion);
      request.onsuccess = () => {
        // A newer Segloop in another window needs the database for itself; this one opens it again if it can.
        request.result.onversionchange = () => {
          request.result.close();
          this.#opened = null;
        };
        request.result.onclose = () => (this.#opened = null);
        resolve(request.result);
      };
      request.onerror = () => reject(request.error ?? new Error("IndexedDB cannot be opened."));
    });
    this.#opened.catch(() => (this.#opened = null));
    return this.#opened;
  }

  async read<T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const transaction = (await this.#open()).transaction(store, "readonly");
    const request = ask(transaction.objectStore(store));
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("IndexedDB could not be read."));
    });
  }

  /** Done when it is on the disk. Committed at once, so that it also arrives from a page that is being closed. */
  async write(
    store: string,
    durability: IDBTransactionDurability,
    change: (store: IDBObjectStore) => void,
  ): Promise<void> {
    const transaction = (await this.#open()).transaction(store, "readwrite", { durability });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB could not be written."));
    });
    change(transaction.objectStore(store));
    transaction.commit();
    return done;
  }
}

export const browserDatabase = new BrowserDatabase();
