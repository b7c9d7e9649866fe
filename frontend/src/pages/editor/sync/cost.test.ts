import { describe, expect, it } from "vitest";
import { type Action, deleteInstances, replaceInstances } from "@/canvas/document/actions";
import { changeBetween, differenceBetween } from "@/canvas/document/difference";
import type { AnnotationDocument, Instance } from "@/canvas/model/document";
import { commit, startHistory } from "@/canvas/document/history";
import { digestOf, HistoryPacker } from "@/canvas/document/packing";
import { Scene } from "@/canvas/scene/scene";

function square(id: string, x: number): Instance {
  return { id, class_id: 1, polygons: [[[x, x, x + 20, x, x + 20, x + 20]]] };
}

/** Objects that count how often anything of them is read. */
function counted(count: number): { document: AnnotationDocument; reads: () => number } {
  let reads = 0;
  const instances = Array.from(
    { length: count },
    (_, i) =>
      new Proxy(square(`i${i}`, i % 90), {
        get: (target, name) => {
          reads++;
          return target[name as keyof Instance];
        },
        ownKeys: (target) => {
          reads++;
          return Reflect.ownKeys(target);
        },
      }),
  );
  return { document: { instances }, reads: () => reads };
}

const moved = (count: number): Action => replaceInstances([square(`i${count >> 1}`, 95)]);
const deleted = (count: number): Action => deleteInstances(new Set([`i${count >> 1}`]));
const added = (): Action => (document) => ({ instances: [...document.instances, square("new", 5)] });

/** How often objects are read to keep, send and show one edit of an image, once it is open. */
function readsOf(count: number, actionOf: (count: number) => Action): { reads: number; sent: number } {
  const { document, reads } = counted(count);
  const scene = new Scene();
  const packer = new HistoryPacker();
  scene.update(document);
  digestOf(document);
  const edited = actionOf(count)(document);
  const start = reads();
  const { difference, before } = changeBetween(document, edited);
  scene.update(edited);
  const packed = packer.pack(commit(startHistory(document), "edit", edited));
  const read = reads() - start;
  return { reads: read, sent: JSON.stringify([difference, before, packed]).length };
}

describe("the cost of one edit", () => {
  it.each([
    ["moved", moved],
    ["deleted", deleted],
    ["added", added],
  ])("of an object that is %s is the same among 5,000 as among 100", (_, actionOf) => {
    const few = readsOf(100, actionOf);
    const many = readsOf(5000, actionOf);
    expect(many.reads).toBeLessThanOrEqual(few.reads + 4);
    expect(many.sent).toBeLessThan(1.1 * few.sent + 20);
  });

  it("tells the order only where it changed", () => {
    const { document } = counted(50);
    const [first, ...others] = document.instances as [Instance, ...Instance[]];
    expect(differenceBetween(document, { instances: [...others, first] }).order).toHaveLength(50);
    expect(differenceBetween(document, { instances: others }).order).toBeUndefined();
    const inserted = { instances: [first, square("new", 1), ...others] };
    expect(differenceBetween(document, inserted).order?.[1]).toBe("new");
  });
});
