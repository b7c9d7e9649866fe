import { grownBox } from "../geometry/polygons";
import type { Scene } from "./scene";

/** Beyond this many objects neighbours are not looked at: so small, nobody tells them apart by colour. */
const MOST_COMPARED = 5000;
/** Objects closer than this, in image pixels, count as touching. */
const NEAR_PX = 3;

/** A number for each object, below `count`, so that objects that touch have different ones as far as that goes. */
export class ObjectColors {
  readonly #scene: Scene;
  readonly #count: number;
  readonly #numbers = new Map<string, number>();

  constructor(scene: Scene, count: number) {
    this.#scene = scene;
    this.#count = count;
  }

  /** Stays the same while the object is there, unless it comes to touch another of its number. */
  of(id: string): number {
    let number = this.#numbers.get(id);
    if (number === undefined) {
      number = this.#choose(id);
      this.#numbers.set(id, number);
    }
    return number;
  }

  /** After the scene has changed. */
  update(ids: readonly string[]): void {
    for (const id of new Set(ids)) {
      const number = this.#numbers.get(id);
      if (number === undefined) continue;
      if (!this.#scene.item(id) || (this.#isCompared && this.#near(id).includes(number))) {
        this.#numbers.delete(id);
      }
    }
  }

  get #isCompared(): boolean {
    return this.#scene.count <= MOST_COMPARED;
  }

  #near(id: string): number[] {
    const item = this.#scene.item(id);
    if (!item) return [];
    return this.#scene
      .within(grownBox(item, NEAR_PX))
      .flatMap((other) => (other.id === id ? [] : (this.#numbers.get(other.id) ?? [])));
  }

  /** Of the numbers that its neighbours have least often, the first after the one that the id gives. */
  #choose(id: string): number {
    const first = hashOf(id) % this.#count;
    if (!this.#isCompared) return first;
    const uses = new Array<number>(this.#count).fill(0);
    for (const number of this.#near(id)) uses[number] = (uses[number] ?? 0) + 1;
    let best = first;
    for (let k = 1; k < this.#count; k++) {
      const number = (first + k) % this.#count;
      if ((uses[number] as number) < (uses[best] as number)) best = number;
    }
    return best;
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return hash >>> 0;
}
