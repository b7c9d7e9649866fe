import type { Instance } from "@/canvas/document/document";
import type { Aim } from "@/canvas/document/work";
import { type Difference, isEmpty } from "@/canvas/document/difference";
import type { Status } from "@/api/types";
import type { BrowserDatabase } from "./database";

/** What the server does not have yet of one image, as one window keeps it on this device. */
export type JournalEntry = {
  /** Of the person who made the changes: nobody else's session may send them. */
  readonly user: number;
  readonly image: string;
  /** Of the window that made them: two windows on one image do not overwrite each other. */
  readonly tab: string;
  readonly baseRevision: number;
  readonly difference: Difference;
  /** What `difference` changes or deletes, as it was at the base: enough to merge with what somebody else saves. */
  readonly before: readonly Instance[];
  /** Versions that were sent and never answered, each as its difference from the base. */
  readonly sent: readonly Difference[];
  readonly status: Status | null;
  /** Points of an outline that was not finished, and those taken back of it. */
  readonly draft: readonly number[];
  readonly undone: readonly number[];
  /** What that outline is drawn for, where it is to be no object of its own. */
  readonly aim?: Aim | null;
  readonly at: number;
};

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
