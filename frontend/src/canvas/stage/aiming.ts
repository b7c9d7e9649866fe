import type { Instance } from "../model/document";
import type { Purpose } from "../model/state";
import type { Aim } from "../model/work";
import type { Scene } from "../scene/scene";
import type { Events } from "./events";

/** What the next outline is for. */
export class Aiming {
  readonly #scene: Scene;
  readonly #events: Events;
  /** The object that outlines are added to or cut from; null: each is an object of its own. */
  aim: Aim | null = null;
  /** The aim does not end with one outline. */
  staysOn = false;
  /** The outline that ends the aim was drawn. */
  isSpent = false;

  constructor(scene: Scene, events: Events) {
    this.#scene = scene;
    this.#events = events;
  }

  get purpose(): Purpose {
    return this.aim?.purpose ?? "new";
  }

  get target(): Instance | null {
    return this.aim && (this.#scene.item(this.aim.target)?.instance ?? null);
  }

  setStaysOn(staysOn: boolean): void {
    this.staysOn = staysOn;
    this.#events.changed();
  }
}
