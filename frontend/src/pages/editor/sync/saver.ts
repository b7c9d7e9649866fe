import type { Annotation, Status } from "@/api/types";
import type { AnnotationDocument } from "@/canvas/document/document";
import { applyDifference, differenceBetween, isEmpty } from "@/canvas/document/difference";
import { Emitter } from "@/canvas/emitter";
import type { Journal, JournalEntry } from "./journal";
import type { SaveAnswer, Transport } from "./transport";

/** A save is sent this long after the last edit, and no later than this after the first. */
export const DEBOUNCE_MS = 800;
export const MAX_WAIT_MS = 2000;
const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 30_000;

export type SaveState =
  | { readonly kind: "saved" }
  | { readonly kind: "unsaved" }
  | { readonly kind: "saving" }
  | { readonly kind: "offline"; readonly sentence: string }
  | { readonly kind: "signed_out" }
  | { readonly kind: "conflict"; readonly theirs: Annotation }
  | { readonly kind: "refused"; readonly sentence: string };

type Version = { readonly document: AnnotationDocument; readonly status: Status };
type Base = Version & { readonly revision: number };

type Options = {
  readonly user: number;
  readonly annotation: Annotation;
  readonly journal: Journal;
  readonly transport: Transport;
};

/**
 * Brings the edits of one image to the server. `base` is what the server is known to have, `local` what the person
 * sees; the difference between them is in the journal from the first moment until the server has acknowledged it.
 */
export class AnnotationSaver extends Emitter<{ change: null; saved: null }> {
  readonly image: string;
  readonly #user: number;
  readonly #journal: Journal;
  readonly #transport: Transport;
  #base: Base;
  #local: Version;
  /** The last version sent whose answer never came: the server may or may not have it. */
  #sent: Version | null = null;
  #draft: readonly number[] = [];
  #state: SaveState = { kind: "saved" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firstEdit: number | null = null;
  #retryMs = RETRY_FIRST_MS;
  #sending: Promise<void> | null = null;
  #journalled: Promise<void> = Promise.resolve();
  #journalIsDue = false;
  /** False once the browser refused to keep something. */
  keepsOnDevice = true;

  constructor({ user, annotation, journal, transport }: Options) {
    super();
    this.image = annotation.image;
    this.#user = user;
    this.#journal = journal;
    this.#transport = transport;
    this.#base = baseOf(annotation);
    this.#local = this.#base;
  }

  get state(): SaveState {
    return this.#state;
  }

  get document(): AnnotationDocument {
    return this.#local.document;
  }

  get status(): Status {
    return this.#local.status;
  }

  get draft(): readonly number[] {
    return this.#draft;
  }

  get isDirty(): boolean {
    return (
      this.#local.status !== this.#base.status ||
      !isEmpty(differenceBetween(this.#base.document, this.#local.document))
    );
  }

  /** Nothing would be lost if this page were gone without its journal. */
  get isSafe(): boolean {
    return this.#state.kind === "saved" && this.#draft.length === 0;
  }

  /** Takes up what an earlier visit left in the journal; true when there was something. */
  resume(entry: JournalEntry): boolean {
    this.#draft = entry.draft;
    const document = applyDifference(this.#base.document, entry.difference);
    const version = { document, status: entry.status ?? this.#base.status };
    const differs =
      version.status !== this.#base.status || !isEmpty(differenceBetween(this.#base.document, document));
    if (!differs) {
      // It had arrived, only the acknowledgement had not.
      this.#writeJournal();
      return entry.draft.length > 0;
    }
    this.#local = version;
    if (entry.baseRevision === this.#base.revision) {
      this.#setState({ kind: "unsaved" });
      this.#schedule(0);
    } else {
      const { revision, status } = this.#base;
      const instances = mutableInstances(this.#base.document);
      this.#setState({ kind: "conflict", theirs: { image: this.image, revision, status, instances } });
    }
    return true;
  }

  edit(document: AnnotationDocument): void {
    this.#update({ ...this.#local, document });
  }

  setStatus(status: Status): void {
    this.#update({ ...this.#local, status });
  }

  keepDraft(points: readonly number[]): void {
    this.#draft = points;
    this.#writeJournal();
  }

  #update(version: Version): void {
    if (version.document === this.#local.document && version.status === this.#local.status) return;
    this.#local = version;
    this.#writeJournal();
    if (this.#state.kind === "conflict" || this.#state.kind === "signed_out") return;
    if (this.#state.kind !== "saving" && this.#state.kind !== "offline") this.#setState({ kind: "unsaved" });
    if (!this.#sending) this.#schedule(this.#untilNext());
  }

  #untilNext(): number {
    const now = Date.now();
    this.#firstEdit ??= now;
    return Math.max(0, Math.min(DEBOUNCE_MS, this.#firstEdit + MAX_WAIT_MS - now));
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), ms);
  }

  /** Sends what is unsaved now. True when the server then has everything. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    while (this.#mayGo()) {
      const running = (this.#sending ??= this.#send().finally(() => (this.#sending = null)));
      await running;
      if (this.#state.kind === "offline") break;
    }
    return this.#state.kind === "saved";
  }

  #mayGo(): boolean {
    if (this.#sending) return true;
    if (this.#state.kind === "conflict" || this.#state.kind === "signed_out") return false;
    if (this.#state.kind === "refused" && this.#local === this.#sent) return false;
    if (this.isDirty) return true;
    if (this.#state.kind !== "saved") this.#becomeSaved();
    return false;
  }

  async #send(): Promise<void> {
    this.#setState({ kind: "saving" });
    this.#firstEdit = null;
    const sent = this.#local;
    const unsure = this.#sent;
    this.#sent = sent;
    const answer = await this.#transport({
      image: this.image,
      baseRevision: this.#base.revision,
      difference: differenceBetween(this.#base.document, sent.document),
      status: sent.status === this.#base.status ? null : sent.status,
    });
    this.#take(answer, sent, unsure);
  }

  #take(answer: SaveAnswer, sent: Version, unsure: Version | null): void {
    switch (answer.kind) {
      case "saved": {
        this.#sent = null;
        this.#retryMs = RETRY_FIRST_MS;
        this.#base = { revision: answer.revision, document: sent.document, status: answer.status };
        // The server moves an unlabelled image on by itself; what the person chose meanwhile stands.
        if (this.#local.status === sent.status) this.#local = { ...this.#local, status: answer.status };
        if (this.isDirty) {
          this.#writeJournal();
          this.#setState({ kind: "unsaved" });
        } else {
          this.#becomeSaved();
        }
        return;
      }
      case "conflict": {
        const current = baseOf(answer.current);
        if (unsure && isEmpty(differenceBetween(current.document, unsure.document))) {
          // What looks like somebody else's save is our own, of which no answer had come.
          const wanted = this.#local.status === this.#base.status ? current.status : this.#local.status;
          this.#base = current;
          this.#sent = null;
          this.#local = { ...this.#local, status: wanted };
          this.#setState({ kind: "unsaved" });
          return;
        }
        this.#setState({ kind: "conflict", theirs: answer.current });
        return;
      }
      case "unreachable":
        this.#setState({ kind: "offline", sentence: answer.problem.message });
        this.#schedule(this.#retryMs);
        this.#retryMs = Math.min(RETRY_MOST_MS, this.#retryMs * 2);
        return;
      case "signed_out":
        this.#setState({ kind: "signed_out" });
        return;
      case "refused":
        this.#setState({ kind: "refused", sentence: answer.problem.message });
    }
  }

  #becomeSaved(): void {
    this.#writeJournal();
    this.#setState({ kind: "saved" });
    this.emit("saved", null);
  }

  /** The connection is back, or somebody signed in: at once, not at the next retry. */
  retryNow(): void {
    this.#retryMs = RETRY_FIRST_MS;
    if (this.#state.kind === "signed_out" || this.#state.kind === "refused") {
      this.#sent = null;
      this.#setState({ kind: "unsaved" });
    }
    if (this.#state.kind === "offline" || this.#state.kind === "unsaved") this.#schedule(0);
  }

  /** Ends a conflict. The version that was not chosen is returned, so that it can be kept for undo. */
  resolve(choice: "mine" | "theirs"): { chosen: AnnotationDocument; other: AnnotationDocument } {
    if (this.#state.kind !== "conflict") throw new Error("There is no conflict to resolve.");
    const theirs = baseOf(this.#state.theirs);
    const mine = this.#local;
    this.#base = theirs;
    this.#sent = null;
    this.#local = choice === "mine" ? mine : theirs;
    this.#setState({ kind: "unsaved" });
    this.#writeJournal();
    this.#schedule(0);
    return choice === "mine"
      ? { chosen: mine.document, other: theirs.document }
      : { chosen: theirs.document, other: mine.document };
  }

  /** Once for any number of edits in the same moment; writes follow each other. */
  #writeJournal(): void {
    if (this.#journalIsDue) return;
    this.#journalIsDue = true;
    this.#journalled = this.#journalled.then(async () => {
      this.#journalIsDue = false;
      try {
        if (this.isDirty || this.#draft.length > 0) await this.#journal.write(this.#entry());
        else await this.#journal.remove(this.#user, this.image);
      } catch {
        this.keepsOnDevice = false;
        this.emit("change", null);
      }
    });
  }

  #entry(): JournalEntry {
    return {
      user: this.#user,
      image: this.image,
      baseRevision: this.#base.revision,
      difference: differenceBetween(this.#base.document, this.#local.document),
      status: this.#local.status === this.#base.status ? null : this.#local.status,
      draft: this.#draft,
      at: Date.now(),
    };
  }

  /** When everything so far stands in the journal. */
  journalled(): Promise<void> {
    return this.#journalled;
  }

  #setState(state: SaveState): void {
    this.#state = state;
    this.emit("change", null);
  }
}

function baseOf(annotation: Annotation): Base {
  return {
    revision: annotation.revision,
    status: annotation.status,
    document: { instances: annotation.instances },
  };
}

/** The wire's types are mutable; nobody here changes them. */
function mutableInstances(document: AnnotationDocument): Annotation["instances"] {
  return document.instances as Annotation["instances"];
}
