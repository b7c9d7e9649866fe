import { type DBSchema, type IDBPDatabase, type IDBPTransaction, type IDBPObjectStore, openDB } from "idb";
import type { HistoryRecord, JournalEntry } from "./kept";

const NAME = "segloop-journal";
const VERSION = 2;

type Kept = DBSchema & {
  edits: { key: [user: number, image: string, tab: string]; value: JournalEntry };
  histories: { key: [user: number, image: string]; value: HistoryRecord; indexes: { at: number } };
};
type Store = "edits" | "histories";

/** Version 1 had one entry an image, whatever the window. */
type OldEntry = Omit<JournalEntry, "tab" | "before" | "sent" | "undone">;
type OldStores = IDBPTransaction<unknown, string[], "versionchange">;

async function upgrade(
  database: IDBPDatabase<Kept>,
  from: number,
  changes: IDBPTransaction<Kept, Store[], "versionchange">,
): Promise<void> {
  const edits = database.createObjectStore("edits", { keyPath: ["user", "image", "tab"] });
  database.createObjectStore("histories", { keyPath: ["user", "image"] }).createIndex("at", "at");
  if (from === 0) return;
  const old = changes as unknown as OldStores;
  for (const entry of (await old.objectStore("unsaved").getAll()) as OldEntry[])
    await edits.put({ ...entry, tab: "", before: [], sent: [], undone: [] });
  old.db.deleteObjectStore("unsaved");
}

/** The browser's own database: it outlives reloads and crashes. Opened when first used. */
export class BrowserDatabase {
  #opened: Promise<IDBPDatabase<Kept>> | null = null;

  open(): Promise<IDBPDatabase<Kept>> {
    const forget = (): void => {
      this.#opened = null;
    };
    this.#opened ??= openDB<Kept>(NAME, VERSION, {
      upgrade: (database, from, _to, changes) => void upgrade(database, from, changes),
      // A newer Segloop in another window needs the database for itself; this one opens it again if it can.
      blocking: (_mine, _theirs, { target }) => {
        (target as IDBDatabase).close();
        forget();
      },
      terminated: forget,
    });
    this.#opened.catch(forget);
    return this.#opened;
  }

  /** Done when it is on the disk. Committed at once, so that it also arrives from a page that is being closed. */
  async write<Name extends Store>(
    name: Name,
    durability: IDBTransactionDurability,
    change: (store: IDBPObjectStore<Kept, [Name], Name, "readwrite">) => readonly Promise<unknown>[],
  ): Promise<void> {
    const transaction = (await this.open()).transaction(name, "readwrite", { durability });
    const changes = change(transaction.store);
    transaction.commit();
    await Promise.all([...changes, transaction.done]);
  }
}

export const browserDatabase = new BrowserDatabase();
