import { queryClient } from "@/api/queryClient";
import type { Annotation } from "@/api/types";
import { Emitter } from "@/canvas/emitter";
import { annotationQuery } from "../queries";
import { IndexedDbJournal, type Journal } from "./journal";
import { AnnotationSaver } from "./saver";
import { sendSave, type Transport } from "./transport";

type Load = (image: string) => Promise<Annotation>;

/**
 * The savers of all images whose edits are not yet on the server. They outlive the page of their image: somebody who
 * has gone on to the next loses nothing, and sees here that something still waits.
 */
export class Savers extends Emitter<{ change: null }> {
  readonly #journal: Journal;
  readonly #transport: Transport;
  readonly #load: Load;
  readonly #byImage = new Map<string, AnnotationSaver>();
  #user: number | null = null;

  constructor(journal: Journal, transport: Transport, load: Load) {
    super();
    this.#journal = journal;
    this.#transport = transport;
    this.#load = load;
  }

  /** The saver of an image, with what was left unsaved of it on this device. */
  async open(user: number, image: string): Promise<AnnotationSaver> {
    this.#of(user);
    const known = this.#byImage.get(image);
    if (known && !known.isSafe) return known;
    const [annotation, entry] = await Promise.all([
      this.#load(image),
      this.#journal.read(user, image).catch(() => null),
    ]);
    // Somebody faster may have opened it meanwhile; two savers of one image would fight over its revision.
    const meanwhile = this.#byImage.get(image);
    if (meanwhile && !meanwhile.isSafe) return meanwhile;
    const saver = new AnnotationSaver({
      user,
      annotation,
      journal: this.#journal,
      transport: this.#transport,
    });
    this.#byImage.set(image, saver);
    saver.on("change", () => this.emit("change", null));
    if (entry) saver.resume(entry);
    return saver;
  }

  #of(user: number): void {
    if (this.#user !== user) this.#byImage.clear();
    this.#user = user;
  }

  /** Sends what earlier visits left behind, of whatever images. */
  async replay(user: number): Promise<void> {
    const entries = await this.#journal.list(user).catch(() => []);
    for (const { image, difference, status } of entries) {
      const hasEdits =
        difference.upsert.length > 0 || difference.delete.length > 0 || difference.order || status;
      if (!hasEdits || this.#byImage.has(image)) continue;
      // An image that was deleted or closed to us keeps its entry: the work is still on this device.
      await this.open(user, image).catch(() => undefined);
    }
  }

  /** Images other than this one whose edits wait. */
  waiting(except: string): AnnotationSaver[] {
    return [...this.#byImage.values()].filter((saver) => saver.image !== except && saver.isDirty);
  }

  get allSafe(): boolean {
    return [...this.#byImage.values()].every((saver) => saver.isSafe);
  }

  retryAll(): void {
    for (const saver of this.#byImage.values()) if (saver.isDirty) saver.retryNow();
  }
}

export const savers = new Savers(new IndexedDbJournal(), sendSave, async (id) => {
  const annotation = await queryClient.fetchQuery(annotationQuery(id));
  // Used once: what is edited from here on is in the saver, and a copy would only grow old.
  queryClient.removeQueries({ queryKey: annotationQuery(id).queryKey });
  return annotation;
});
