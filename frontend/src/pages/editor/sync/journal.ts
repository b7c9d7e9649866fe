import { isEmpty } from "@/canvas/document/difference";
import type { BrowserDatabase } from "./database";
import type { JournalEntry } from "./kept";

export type { JournalEntry };

export interface Journal {
  /** Those of all windows. */
  read(user: number, image: string): Promise<JournalEntry[]>;
  write(entry: JournalEntry): Promise<void>;
  remove(user: number, image: string, tab: string): Promise<void>;
  list(user: number): Promise<JournalEntry[]>;
}

export function hasEdits({ difference, status }: JournalEntry): boolean {
  return !isEmpty(difference) || status !== null;
}

/** Above every text that is an id. */
const LAST = "\uffff";

export class IndexedDbJournal implements Journal {
  readonly #database: BrowserDatabase;

  constructor(database: BrowserDatabase) {
    this.#database = database;
  }

  async read(user: number, image: string): Promise<JournalEntry[]> {
    const range = IDBKeyRange.bound([user, image], [user, image, LAST]);
    return (await this.#database.open()).getAll("edits", range);
  }

  write(entry: JournalEntry): Promise<void> {
    return this.#database.write("edits", "strict", (store) => [store.put(entry)]);
  }

  remove(user: number, image: string, tab: string): Promise<void> {
    return this.#database.write("edits", "strict", (store) => [store.delete([user, image, tab])]);
  }

  async list(user: number): Promise<JournalEntry[]> {
    const range = IDBKeyRange.bound([user], [user, LAST]);
    return (await this.#database.open()).getAll("edits", range);
  }
}
