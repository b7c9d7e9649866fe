import { sayGone } from "./beacon";

/**
 * The image that was handed out ahead for "Done, next" and that is not open yet. One at most: what it is not
 * any more, and what is left behind with the editor, goes back to whoever else wants it.
 */
class HeldAhead {
  #isHere = false;
  #held: string | null = null;

  enter(): void {
    this.#isHere = true;
  }

  /** The server handed this one out, or nothing any more. */
  hold(image: string | null): void {
    if (this.#held !== image) this.#giveBack();
    this.#held = image;
    // The answer came when the editor was gone already.
    if (!this.#isHere) this.#giveBack();
  }

  /** From here on its own presence keeps it, and gives it back. */
  open(image: string): void {
    if (this.#held === image) this.#held = null;
  }

  leave(): void {
    this.#isHere = false;
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#held !== null) sayGone(this.#held);
    this.#held = null;
  }
}

/** Of this window. */
export const heldAhead = new HeldAhead();
