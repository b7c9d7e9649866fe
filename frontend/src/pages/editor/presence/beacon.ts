import { api } from "@/api/client";
import type { Present } from "@/api/types";
import { newId } from "@/canvas/model/document";
import { Emitter } from "@/canvas/model/emitter";

export const HEARTBEAT_MS = 15_000;
/** Somebody who drew so lately is still drawing: the pauses between strokes are not news for the others. */
export const LINGER_MS = 8_000;
/** What was heard so long ago says nothing any more; the server forgets as fast. */
export const STALE_MS = 40_000;

const TAB = newId();
const NOBODY: readonly Present[] = [];

/** This window does not show the image, and gives it back where it was handed out. The request outlives the page. */
export function sayGone(image: string): void {
  api
    .DELETE("/api/images/{image_id}/presence/", {
      params: { path: { image_id: image }, query: { tab: TAB } },
      keepalive: true,
    })
    // Whoever did not say goodbye is forgotten after a while.
    .catch(() => undefined);
}

/** Goodbyes that wait for a save. */
const waiting = new Map<string, AbortController>();

/** Until what was drawn has arrived, nobody else is handed the image: they would draw it, or review it, as it
 *  was. A page that closes does not wait; a window that comes back does not go. */
function sayGoneAfter(image: string, arrival: Promise<unknown>): void {
  const wait = new AbortController();
  const { signal } = wait;
  const go = (): void => {
    if (signal.aborted) return;
    stopWaiting(image);
    sayGone(image);
  };
  waiting.set(image, wait);
  window.addEventListener("pagehide", go, { signal });
  void arrival.finally(go);
}

function stopWaiting(image: string): void {
  waiting.get(image)?.abort();
  waiting.delete(image);
}

/** Says that this window shows an image, and whether it is worked on; hears who else does. */
export class Beacon extends Emitter<{ change: null }> {
  readonly #image: string;
  #people = NOBODY;
  #heardAt = 0;
  #isHere = false;
  #isActive = false;
  #isEditing = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #linger: ReturnType<typeof setTimeout> | undefined;
  #request: AbortController | null = null;

  constructor(image: string) {
    super();
    this.#image = image;
  }

  /** Everybody, this window among them; the same array until it changes. */
  get people(): readonly Present[] {
    return this.#people;
  }

  enter(): void {
    if (this.#isHere) return;
    this.#isHere = true;
    stopWaiting(this.#image);
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    void this.#beat();
  }

  /** The goodbye follows what is on its way to the server. Without that it goes at once, as the page may be gone
   *  the next moment; the request outlives it. */
  leave(arrival?: Promise<unknown>): void {
    if (!this.#isHere) return;
    this.#isHere = false;
    clearInterval(this.#timer);
    clearTimeout(this.#linger);
    this.#request?.abort();
    this.#isEditing = this.#isActive;
    if (arrival) sayGoneAfter(this.#image, arrival);
    else sayGone(this.#image);
  }

  /** Something is in hand, or not saved yet. */
  setActive(isActive: boolean): void {
    if (isActive === this.#isActive) return;
    this.#isActive = isActive;
    clearTimeout(this.#linger);
    if (isActive) this.#setEditing(true);
    else this.#linger = setTimeout(() => this.#setEditing(false), LINGER_MS);
  }

  #setEditing(isEditing: boolean): void {
    if (isEditing === this.#isEditing) return;
    this.#isEditing = isEditing;
    if (this.#isHere) void this.#beat();
  }

  /** The server told who is there now. */
  hear(people: readonly Present[]): void {
    this.#heardAt = Date.now();
    this.#people = people;
    this.emit("change", null);
  }

  async #beat(): Promise<void> {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      // Not unwrapped: an ended session is told where something is to be saved, not by a heartbeat.
      const { data } = await api.POST("/api/images/{image_id}/presence/", {
        params: { path: { image_id: this.#image } },
        body: { tab: TAB, editing: this.#isEditing },
        signal: request.signal,
      });
      if (request.signal.aborted) return;
      if (data) {
        this.hear(data);
        return;
      }
    } catch {
      if (request.signal.aborted) return;
    }
    if (this.#people.length > 0 && Date.now() - this.#heardAt > STALE_MS) this.hear(NOBODY);
  }
}
