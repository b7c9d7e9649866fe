import { queryClient } from "@/api/queryClient";
import type { Annotation } from "@/api/types";
import { Emitter } from "@/canvas/model/emitter";
import { annotationQuery } from "../queries";
import { type Author, findAuthor } from "./authors";
import { browserDatabase } from "./database";
import { Histories } from "./histories";
import { hasEdits, IndexedDbJournal, type Journal, type JournalEntry } from "./journal";
import { AnnotationSaver } from "./saver";
import { BrowserTabs, type Tabs } from "./tabs";
import { sendSave, type Transport } from "./transport";

type Options = {
  readonly journal: Journal;
  readonly tabs: Tabs;
  readonly transport: Transport;
  /** An annotation, perhaps one that was fetched ahead a moment ago. */
  readonly load: (image: string) => Promise<Annotation>;
  readonly fetchNewest: (image: string) => Promise<Annotation>;
  readonly findAuthor: (user: number, image: string) => Promise<Author>;
};

/** A window that was closed may still be writing for so long. */
const LAST_WRITES_MS = 500;
/** While the entry of another window waits for its turn. */
const LOOK_AGAIN_MS = 1000;

/**
 * The savers of all images whose edits are not yet on the server. They outlive the page of their image: somebody who
 * has gone on to the next loses nothing, and sees here that something still waits.
 *
 * Each window keeps entries of its own in the journal. What a window that is gone has left is taken up by the next
 * that opens the image, one entry after the other, each merged with what is there; what a living window has is its
 * own to send, and the others follow it by the events of the server as they follow other people.
 */
export class Savers extends Emitter<{ change: null; saved: AnnotationSaver }> {
  readonly #options: Options;
  readonly #byImage = new Map<string, AnnotationSaver>();
  #user: number | null = null;
  #keepsOnDevice = true;

  constructor(options: Options) {
    super();
    this.#options = options;
  }

  /** The saver of an image, with what was left unsaved of it on this device. */
  async open(user: number, image: string): Promise<AnnotationSaver> {
    this.#of(user);
    const known = this.#byImage.get(image);
    if (known && !known.isSafe) return known;
    await known?.journalled();
    const { load, journal, tabs, transport, fetchNewest, findAuthor } = this.#options;
    const [annotation, [leftover]] = await Promise.all([load(image), this.#leftovers(image)]);
    // Somebody faster may have opened it meanwhile; two savers of one image would fight over its revision.
    const meanwhile = this.#byImage.get(image);
    if (meanwhile && !meanwhile.isSafe) return meanwhile;
    const saver = new AnnotationSaver({
      user,
      tab: tabs.id,
      annotation,
      journal,
      transport,
      fetchNewest: () => fetchNewest(image),
      findAuthor: () => findAuthor(user, image),
    });
    this.#byImage.set(image, saver);
    saver.on("change", () => {
      if (!saver.keepsOnDevice) this.noteUnkept();
      this.emit("change", null);
    });
    saver.on("saved", () => this.emit("saved", saver));
    if (leftover) {
      saver.resume(leftover, true);
      saver.on("saved", () => void this.#takeUp(saver));
      void this.#takeUp(saver);
    }
    return saver;
  }

  #of(user: number): void {
    if (this.#user === user) return;
    if (this.#user === null)
      this.#options.tabs.join(() => setTimeout(() => void this.replay(this.#user as number), LAST_WRITES_MS));
    this.#byImage.clear();
    this.#user = user;
  }

  /** What windows that are gone, and earlier visits of this one, left of an image; the oldest first. */
  async #leftovers(image: string): Promise<JournalEntry[]> {
    const { journal, tabs } = this.#options;
    const entries = await journal.read(this.#user as number, image).catch(() => this.noteUnkept());
    if (!entries || entries.length === 0) return [];
    const alive = entries.every(({ tab }) => tab === tabs.id) ? null : await tabs.alive();
    return entries
      .filter(({ tab }) => tab === tabs.id || !alive?.has(tab))
      .sort((a, b) => Number(hasEdits(b)) - Number(hasEdits(a)) || a.at - b.at);
  }

  /** One by one what was left of an image which is open already; what is on its way or in hand goes first. */
  async #takeUp(saver: AnnotationSaver): Promise<void> {
    const { tabs } = this.#options;
    await saver.journalled();
    const leftover = (await this.#leftovers(saver.image)).find(
      (entry) => entry.tab !== tabs.id && hasEdits(entry),
    );
    if (!leftover || this.#byImage.get(saver.image) !== saver) return;
    if (saver.isIdle) saver.resume(leftover, false);
    setTimeout(() => void this.#takeUp(saver), LOOK_AGAIN_MS);
  }

  /** Sends what earlier visits and closed windows left behind, of whatever images. */
  async replay(user: number): Promise<void> {
    this.#of(user);
    const { journal, tabs } = this.#options;
    const entries = await journal.list(user).catch(() => this.noteUnkept());
    if (!entries || entries.length === 0) return;
    const alive = await tabs.alive();
    const left = entries.filter((entry) => hasEdits(entry) && !alive.has(entry.tab));
    for (const image of new Set(left.map((entry) => entry.image))) {
      const known = this.#byImage.get(image);
      if (known) await this.#takeUp(known);
      // An image that was deleted or closed to us keeps its entry: the work is still on this device.
      else await this.open(user, image).catch(() => undefined);
    }
  }

  /** Images other than this one whose edits wait. */
  waiting(except: string): AnnotationSaver[] {
    return [...this.#byImage.values()].filter((saver) => saver.image !== except && saver.isDirty);
  }

  /** Images other than this one whose edits wait for a person. */
  troubled(except: string): AnnotationSaver[] {
    return this.waiting(except).filter(({ state: { kind } }) => kind === "conflict" || kind === "refused");
  }

  /** The page is being left. */
  keepNow(): void {
    for (const saver of this.#byImage.values()) saver.keepNow();
  }

  get allSafe(): boolean {
    return [...this.#byImage.values()].every((saver) => saver.isSafe);
  }

  /** False once the browser refused to keep or to give back something. */
  get keepsOnDevice(): boolean {
    return this.#keepsOnDevice;
  }

  noteUnkept(): null {
    this.#keepsOnDevice = false;
    this.emit("change", null);
    return null;
  }

  retryAll(): void {
    for (const saver of this.#byImage.values()) if (saver.isDirty) saver.retryNow();
  }
}

async function load(id: string, staleTime?: number): Promise<Annotation> {
  const query = annotationQuery(id);
  const annotation = await queryClient.query({ ...query, staleTime: staleTime ?? query.staleTime });
  // Used once: what is edited from here on is in the saver, and a copy would only grow old.
  queryClient.removeQueries({ queryKey: query.queryKey });
  return annotation;
}

export const savers = new Savers({
  journal: new IndexedDbJournal(browserDatabase),
  tabs: new BrowserTabs(),
  transport: sendSave,
  load,
  fetchNewest: (image) => load(image, 0),
  findAuthor,
});

export const histories = new Histories(browserDatabase);
