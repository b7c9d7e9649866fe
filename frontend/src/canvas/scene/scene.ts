import type { SceneChange } from "../model/state";
import RBush from "rbush";
import { type AnnotationDocument, EMPTY, type Instance } from "../model/document";
import { differenceBetween } from "../document/difference";
import { areaOf, boxOf } from "../geometry/polygons";
import type { Box } from "../geometry/types";
import { Outline } from "./outline";

/** An instance as the index and the renderer hold it; replaced, not changed, when its instance is. */
export type SceneItem = Box & {
  readonly id: string;
  readonly instance: Instance;
  readonly outline: Outline;
  readonly area: number;
  /** Bottom to top; grows, with gaps where objects were deleted. */
  order: number;
};

/** The document as something to look things up in by place: an R-tree fed by differences only. */
export class Scene {
  #document: AnnotationDocument = EMPTY;
  readonly #tree = new RBush<SceneItem>();
  readonly #items = new Map<string, SceneItem>();
  #nextOrder = 0;

  get document(): AnnotationDocument {
    return this.#document;
  }

  get count(): number {
    return this.#items.size;
  }

  item(id: string): SceneItem | undefined {
    return this.#items.get(id);
  }

  update(document: AnnotationDocument): SceneChange[] {
    if (document === this.#document) return [];
    const difference = differenceBetween(this.#document, document);
    this.#document = document;
    const changes: SceneChange[] = [];
    const added: SceneItem[] = [];
    const touch = (item: SceneItem): void => {
      changes.push({ id: item.id, box: item });
    };
    for (const id of difference.delete) {
      const old = this.#items.get(id);
      if (!old) continue;
      this.#tree.remove(old);
      this.#items.delete(id);
      touch(old);
    }
    for (const instance of difference.upsert) {
      const old = this.#items.get(instance.id);
      const item = makeItem(instance, old?.order ?? this.#nextOrder++);
      if (old) {
        this.#tree.remove(old);
        touch(old);
      }
      this.#items.set(instance.id, item);
      added.push(item);
      touch(item);
    }
    if (added.length > 16) this.#tree.load(added);
    else for (const item of added) this.#tree.insert(item);
    if (difference.order) for (const item of this.#reorder(difference.order)) touch(item);
    return changes;
  }

  /** Answers with the items that lie above or below others than before. */
  #reorder(order: readonly string[]): SceneItem[] {
    const items = order.flatMap((id) => this.#items.get(id) ?? []);
    const before = [...items].sort((a, b) => a.order - b.order);
    items.forEach((item, index) => (item.order = index));
    this.#nextOrder = items.length;
    let start = 0;
    let end = items.length;
    while (start < end && items[start] === before[start]) start++;
    while (end > start && items[end - 1] === before[end - 1]) end--;
    return items.slice(start, end);
  }

  /** Items whose boxes meet the box, in no order. */
  within(box: Box): SceneItem[] {
    return this.#tree.search(box);
  }

  /** As the list of objects numbers them: from 1, the bottom one first. */
  numbersOf(ids: readonly string[]): ReadonlyMap<string, number> {
    const wanted = new Set(ids);
    const numbers = new Map<string, number>();
    this.#document.instances.some(({ id }, index) => {
      if (wanted.has(id)) numbers.set(id, index + 1);
      return numbers.size === wanted.size;
    });
    return numbers;
  }

  /** Items whose boxes meet the box, bottom to top. */
  search(box: Box): SceneItem[] {
    return this.#tree.search(box).sort((a, b) => a.order - b.order);
  }
}

function makeItem(instance: Instance, order: number): SceneItem {
  const box = boxOf(instance.polygons);
  return {
    ...box,
    id: instance.id,
    instance,
    outline: new Outline(instance.polygons),
    area: areaOf(instance.polygons),
    order,
  };
}
