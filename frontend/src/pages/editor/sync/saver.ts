import type { Annotation, Status } from "@/api/types";
import type { AnnotationDocument } from "@/canvas/model/document";
import {
  applyDifference,
  changeBetween,
  type Difference,
  differenceBetween,
  isEmpty,
} from "@/canvas/document/difference";
import type { Aim } from "@/canvas/model/work";
import { Emitter } from "@/canvas/model/emitter";
import type { Author } from "./authors";
import type { Journal, JournalEntry } from "./journal";
import { baseOfEdits, type Choice, findDisputes, mergeVersions, type Versions, withArrived } from "./merge";
import type { Replacement, SaveState } from "./state";
import type { SaveAnswer, Transport } from "./transport";

/** A save is sent this long after the last edit, and no later than this after the first. */
export const DEBOUNCE_MS = 800;
export const MAX_WAIT_MS = 2000;
const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 30_000;

type Version = { readonly document: AnnotationDocument; readonly status: Status };
type Base = Version & { readonly revision: number };

type Options = {
  readonly user: number;
  /** Of this window, for its journal entries. */
  readonly tab: string;
  readonly annotation: Annotation;
  readonly journal: Journal;
  readonly transport: Transport;
  /** The newest annotation from the server. */
  readonly fetchNewest: () => Promise<Annotation>;
  /** Who made the newest revision; never throws. */
  readonly findAuthor: () => Promise<Author>;
};

/**
 * Brings the edits of one image to the server. `base` is what the server is known to have, `local` what the person
 * sees; the difference between them is in the journal from the first moment until the server has acknowledged it.
 * What others save meanwhile is merged in, object by object; only what both changed waits for the person.
 */
export class AnnotationSaver extends Emitter<{ change: null; saved: null; replaced: Replacement }> {
  readonly image: string;
  readonly #options: Options;
  #base: Base;
  #local: Version;
  /** Versions sent whose answer never came: the server may or may not have them. */
  #sent: readonly Version[] = [];
  #refused: Version | null = null;
  #draft: readonly number[] = [];
  #undone: readonly number[] = [];
  #aim: Aim | null = null;
  #state: SaveState = { kind: "saved" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firstEdit: number | null = null;
  #retryMs = RETRY_FIRST_MS;
  #sending: Promise<void> | null = null;
  #journalled: Promise<void> = Promise.resolve();
  #journalIsDue = false;
  /** Entries of other windows whose content this one has taken over. */
  #takenOver: JournalEntry[] = [];
  #newestRevision = 0;
  #isCatchingUp = false;
  #isMidGesture = false;
  #afterGesture: (() => void)[] = [];
  #known:
    ({ base: AnnotationDocument; local: AnnotationDocument } & ReturnType<typeof changeBetween>) | null =
    null;
  /** False once the browser refused to keep something. */
  keepsOnDevice = true;

  constructor(options: Options) {
    super();
    this.image = options.annotation.image;
    this.#options = options;
    this.#base = baseOf(options.annotation);
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

  /** What the server had when it last answered. */
  get revision(): number {
    return this.#base.revision;
  }

  get draft(): { readonly points: readonly number[]; readonly undone: readonly number[] } {
    return { points: this.#draft, undone: this.#undone };
  }

  /** What the unfinished outline is drawn for; null: an object of its own. */
  get draftAim(): Aim | null {
    return this.#aim;
  }

  /** What the server does not have, and how it was there. */
  #change(): ReturnType<typeof changeBetween> {
    const [base, local] = [this.#base.document, this.#local.document];
    if (this.#known?.base !== base || this.#known.local !== local)
      this.#known = { base, local, ...changeBetween(base, local) };
    return this.#known;
  }

  #difference(): Difference {
    return this.#change().difference;
  }

  /** How many changes the server does not have yet: objects, their order, the status. */
  get unsavedCount(): number {
    const { upsert, delete: gone, order } = this.#difference();
    const others = (order ? 1 : 0) + (this.#local.status === this.#base.status ? 0 : 1);
    return upsert.length + gone.length + others;
  }

  get isDirty(): boolean {
    return this.unsavedCount > 0;
  }

  /** Nothing would be lost if this page were gone without its journal. */
  get isSafe(): boolean {
    return this.#state.kind === "saved" && this.#draft.length === 0;
  }

  /** Nothing unsaved, on its way, or in hand. */
  get isIdle(): boolean {
    return this.isSafe && !this.isDirty && !this.#sending && !this.#isMidGesture;
  }

  /** The three versions of a conflict. */
  get versions(): Versions {
    if (this.#state.kind !== "conflict") throw new Error("There is no conflict.");
    const theirs = { instances: this.#state.theirs.instances };
    return { base: this.#base.document, mine: this.#local.document, theirs };
  }

  /** Takes up what an earlier visit or a closed window left in the journal; its outline only where none is in hand. */
  resume(entry: JournalEntry, takesDraft: boolean): void {
    const takesIt = takesDraft && this.#draft.length === 0;
    if (takesIt) [this.#draft, this.#undone, this.#aim] = [entry.draft, entry.undone, entry.aim ?? null];
    const left = takesIt || entry.draft.length === 0 ? null : withoutEdits(entry);
    if (entry.tab !== this.#options.tab) this.#takenOver.push(left ?? { ...withoutEdits(entry), draft: [] });
    const current = this.#base;
    const isCurrent = entry.baseRevision === current.revision;
    const document = isCurrent
      ? current.document
      : baseOfEdits(current.document, entry.difference, entry.before);
    const before = this.#local.document;
    this.#local = {
      document: applyDifference(document, entry.difference),
      status: entry.status ?? current.status,
    };
    this.#writeJournal();
    if (!this.isDirty) {
      // It had arrived, only the acknowledgement had not.
      this.#local = { ...current, document: before };
      return;
    }
    this.#base = { revision: entry.baseRevision, document, status: current.status };
    this.#sent = entry.sent.map((each) => ({
      document: applyDifference(document, each),
      status: current.status,
    }));
    this.#setState({ kind: "unsaved" });
    this.emit("replaced", { kind: "left", author: null, before, document: this.#local.document });
    if (!isCurrent) this.#sending = this.#meet(current).finally(() => (this.#sending = null));
    this.#schedule(0);
  }

  edit(document: AnnotationDocument): void {
    this.#update({ ...this.#local, document });
  }

  setStatus(status: Status): void {
    this.#update({ ...this.#local, status });
  }

  keepDraft(points: readonly number[], undone: readonly number[] = [], aim: Aim | null = null): void {
    [this.#draft, this.#undone, this.#aim] = [points, undone, aim];
    this.#writeJournal();
    void this.#catchUp();
  }

  /** While a gesture goes on, no other document comes under the hand. */
  setMidGesture(isMidGesture: boolean): void {
    if (isMidGesture === this.#isMidGesture) return;
    this.#isMidGesture = isMidGesture;
    if (isMidGesture) return;
    const waiting = this.#afterGesture;
    this.#afterGesture = [];
    waiting.forEach((go) => go());
    void this.#catchUp();
  }

  async #gestureEnds(): Promise<void> {
    while (this.#isMidGesture) await new Promise<void>((resolve) => this.#afterGesture.push(resolve));
  }

  #update(version: Version): void {
    if (version.document === this.#local.document && version.status === this.#local.status) return;
    this.#local = version;
    this.#writeJournal();
    const { kind } = this.#state;
    if (kind === "saved" || kind === "refused") this.#setState({ kind: "unsaved" });
    else this.emit("change", null);
    if (kind === "conflict" || kind === "signed_out") return;
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
    if (this.#state.kind === "refused" && this.#local === this.#refused) return false;
    if (this.isDirty) return true;
    if (this.#state.kind !== "saved") this.#becomeSaved();
    return false;
  }

  async #send(): Promise<void> {
    const since = this.#state.kind === "offline" ? this.#state.since : Date.now();
    this.#setState({ kind: "saving" });
    this.#firstEdit = null;
    const sent = this.#local;
    // Which of them arrived, if any, is not known; the first and the newest are the likeliest.
    if (this.#sent.at(-1) !== sent)
      this.#sent = [...this.#sent.slice(0, 1), ...this.#sent.slice(1).slice(-2), sent];
    const answer = await this.#options.transport({
      image: this.image,
      baseRevision: this.#base.revision,
      difference: this.#difference(),
      status: sent.status === this.#base.status ? null : sent.status,
    });
    await this.#take(answer, sent, since);
  }

  async #take(answer: SaveAnswer, sent: Version, since: number): Promise<void> {
    switch (answer.kind) {
      case "saved":
        this.#sent = [];
        this.#retryMs = RETRY_FIRST_MS;
        this.#noteSaved(answer.revision, { document: sent.document, status: answer.status });
        // The server moves an unlabelled image on by itself; what the person chose meanwhile stands.
        if (this.#local.status === sent.status) this.#local = { ...this.#local, status: answer.status };
        if (this.isDirty) {
          this.#writeJournal();
          this.#setState({ kind: "unsaved" });
        } else {
          this.#becomeSaved();
        }
        return;
      case "conflict":
        return this.#meet(baseOf(answer.current));
      case "unreachable":
        this.#setState({
          kind: "offline",
          sentence: answer.problem.message,
          since,
          ...(answer.problem.code === "disk_full" ? { isDiskFull: true } : {}),
        });
        this.#schedule(this.#retryMs);
        this.#retryMs = Math.min(RETRY_MOST_MS, this.#retryMs * 2);
        return;
      case "signed_out":
        this.#setState({ kind: "signed_out" });
        return;
      case "refused":
        this.#refused = sent;
        this.#setState({ kind: "refused", sentence: answer.problem.message });
    }
  }

  /** More than one revision further, somebody else's lies between: that is still to be taken in, or merged. */
  #noteSaved(revision: number, version: Version): void {
    const isAlone = revision <= this.#base.revision + 1;
    this.#base = { ...version, revision: isAlone ? revision : revision - 1 };
    if (!isAlone) this.#newestRevision = Math.max(this.#newestRevision, revision);
  }

  /** The server has another version: merged by itself where nobody has to be asked, a conflict else. */
  async #meet(theirs: Base): Promise<void> {
    const sent = this.#sent;
    const author = await this.#options.findAuthor();
    await this.#gestureEnds();
    const arrived = sent.find(({ status }) => status !== this.#base.status && status === theirs.status);
    this.#base = {
      ...this.#base,
      document: withArrived(
        this.#base.document,
        sent.map((version) => version.document),
        theirs.document,
      ),
      status: arrived?.status ?? this.#base.status,
    };
    this.#sent = [];
    const versions = { base: this.#base.document, mine: this.#local.document, theirs: theirs.document };
    if (findDisputes(versions).length > 0) {
      const { revision, status, document } = theirs;
      const instances = document.instances as Annotation["instances"];
      this.#setState({
        kind: "conflict",
        author,
        theirs: { image: this.image, revision, status, instances },
      });
    } else {
      this.#adopt(theirs, mergeVersions(versions), author);
    }
  }

  /** Ends a conflict: what both changed becomes as `choices` say. */
  resolve(choices: ReadonlyMap<string, Choice>): void {
    if (this.#state.kind !== "conflict") throw new Error("There is no conflict to resolve.");
    const { theirs, author } = this.#state;
    this.#adopt(baseOf(theirs), mergeVersions(this.versions, choices), author);
    this.#schedule(0);
  }

  /** Goes on from their version with what is merged of both; the status is mine if I set it. */
  #adopt(theirs: Base, merged: AnnotationDocument, author: Author): void {
    const mine = this.#local;
    const status = mine.status === this.#base.status ? theirs.status : mine.status;
    const isNews = !isEmpty(differenceBetween(mine.document, merged));
    this.#base = theirs;
    this.#local = { document: isNews ? merged : mine.document, status };
    this.#writeJournal();
    this.#setState({ kind: "unsaved" });
    if (isNews) this.emit("replaced", { kind: "merged", author, before: mine.document, document: merged });
  }

  /** The server has this revision, from elsewhere: taken in as soon as nothing is unsaved or in hand here. */
  follow(revision: number): void {
    this.#newestRevision = Math.max(this.#newestRevision, revision);
    void this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    if (this.#newestRevision <= this.#base.revision || this.#isCatchingUp || !this.isIdle) return;
    this.#isCatchingUp = true;
    const wanted = this.#newestRevision;
    try {
      const { fetchNewest, findAuthor } = this.#options;
      const [newest, author] = await Promise.all([fetchNewest(), findAuthor()]);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- edits go on while it is fetched
      if (!this.isIdle || newest.revision <= this.#base.revision) return;
      const before = this.#local.document;
      this.#base = baseOf(newest);
      const isNews = !isEmpty(differenceBetween(before, this.#base.document));
      this.#local = isNews ? this.#base : { ...this.#base, document: before };
      if (isNews) this.emit("replaced", { kind: "newer", author, before, document: this.#base.document });
      this.emit("change", null);
    } catch {
      // No answer now: the next event, or the next save, will bring it.
    } finally {
      this.#isCatchingUp = false;
      if (this.#newestRevision > wanted) void this.#catchUp();
    }
  }

  #becomeSaved(): void {
    this.#writeJournal();
    this.#setState({ kind: "saved" });
    this.emit("saved", null);
    // Whoever is still sending is done with it before the next turn.
    setTimeout(() => void this.#catchUp(), 0);
  }

  /** The connection is back, or somebody signed in: at once, not at the next retry. */
  retryNow(): void {
    this.#retryMs = RETRY_FIRST_MS;
    if (this.#state.kind === "signed_out" || this.#state.kind === "refused") {
      this.#refused = null;
      this.#setState({ kind: "unsaved" });
    }
    if (this.#state.kind === "offline" || this.#state.kind === "unsaved") this.#schedule(0);
  }

  /** Once for any number of edits in the same moment; writes follow each other. */
  #writeJournal(): void {
    if (this.#journalIsDue) return;
    this.#journalIsDue = true;
    this.#journalled = this.#journalled.then(async () => {
      this.#journalIsDue = false;
      const { user, tab, journal } = this.#options;
      const takenOver = this.#takenOver;
      try {
        if (this.isDirty || this.#draft.length > 0) await journal.write(this.#entry());
        else await journal.remove(user, this.image, tab);
        for (const entry of takenOver) {
          if (entry.draft.length > 0) await journal.write(entry);
          else await journal.remove(user, this.image, entry.tab);
        }
        this.#takenOver = this.#takenOver.filter((entry) => !takenOver.includes(entry));
      } catch {
        this.keepsOnDevice = false;
        this.emit("change", null);
      }
    });
  }

  #entry(): JournalEntry {
    const { document } = this.#base;
    const { difference, before } = this.#change();
    return {
      user: this.#options.user,
      image: this.image,
      tab: this.#options.tab,
      baseRevision: this.#base.revision,
      difference,
      before,
      sent: this.#sent.map((version) => differenceBetween(document, version.document)),
      status: this.#local.status === this.#base.status ? null : this.#local.status,
      draft: this.#draft,
      undone: this.#undone,
      aim: this.#aim,
      at: Date.now(),
    };
  }

  /** The page is being left: what waits for an earlier write to end is written at once, behind it. */
  keepNow(): void {
    if (!this.#journalIsDue) return;
    const { user, tab, journal } = this.#options;
    const isNeeded = this.isDirty || this.#draft.length > 0;
    const written = isNeeded ? journal.write(this.#entry()) : journal.remove(user, this.image, tab);
    // A failure shows when the same is written in its turn.
    this.#journalled = Promise.all([this.#journalled, written.catch(() => undefined)]).then(() => undefined);
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

function withoutEdits(entry: JournalEntry): JournalEntry {
  return { ...entry, difference: { upsert: [], delete: [] }, before: [], sent: [], status: null };
}
