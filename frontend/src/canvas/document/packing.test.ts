import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addInstance, deleteInstances, moveInOrder, replaceInstances, setClass } from "./actions";
import type { AnnotationDocument, Instance } from "../model/document";
import { commit, type History, HISTORY_LIMIT, redo, startHistory, undo } from "./history";
import { digestOf, HistoryPacker, unpackHistory } from "./packing";

function square(id: string, x = 10): Instance {
  return { id, class_id: 1, polygons: [[[x, x, x + 20, x, x + 20, x + 20]]] };
}

/** As a reload does it: nothing of what was in memory is left. */
function reloaded(history: History, packer = new HistoryPacker()): History | null {
  return unpackHistory(structuredClone(packer.pack(history)), structuredClone(history.present));
}

const edits = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), id: fc.uuid(), x: fc.nat(50) }),
  fc.record({ kind: fc.constantFrom("delete", "move", "class", "front", "back" as const), at: fc.nat(9) }),
  fc.record({ kind: fc.constantFrom("undo", "redo", "reload" as const) }),
);
type Edit = typeof edits extends fc.Arbitrary<infer E> ? E : never;

function edited(document: AnnotationDocument, edit: Extract<Edit, { at: number }>): AnnotationDocument {
  const chosen = document.instances.filter((_, i) => i % 10 === edit.at);
  const ids = new Set(chosen.map(({ id }) => id));
  switch (edit.kind) {
    case "delete":
      return deleteInstances(ids)(document);
    case "move":
      return replaceInstances(chosen.map((each) => ({ ...square(each.id, edit.at + 0.1234) })))(document);
    case "class":
      return setClass(ids, edit.at)(document);
    default:
      return moveInOrder(ids, edit.kind)(document);
  }
}

function next(history: History, edit: Edit): History {
  if (edit.kind === "add" && "id" in edit)
    return commit(history, "add", addInstance(square(edit.id, edit.x))(history.present));
  if ("at" in edit) return commit(history, edit.kind, edited(history.present, edit));
  return edit.kind === "undo" ? undo(history) : redo(history);
}

describe("a packed history", () => {
  it("is the very same after any edits, undos, redos and reloads", () => {
    fc.assert(
      fc.property(fc.array(edits, { maxLength: 40 }), (list) => {
        const start = startHistory({ instances: [square("a"), square("b", 30), square("c", 5)] });
        let inMemory = start;
        let kept = start;
        let packer = new HistoryPacker();
        for (const edit of list) {
          if (edit.kind === "reload") {
            const back = reloaded(kept, packer);
            expect(back).not.toBeNull();
            kept = back as History;
            packer = new HistoryPacker();
          } else {
            [inMemory, kept] = [next(inMemory, edit), next(kept, edit)];
            packer.pack(kept);
          }
          expect(kept).toEqual(inMemory);
        }
      }),
    );
  });

  it("shares between neighbours what did not change, as it was", () => {
    const [a, b] = [square("a"), square("b")];
    const before = startHistory({ instances: [a, b] });
    const back = reloaded(commit(before, "Delete object", { instances: [b] })) as History;
    expect(back.past[0]?.document.instances[1]).toBe(back.present.instances[0]);
  });

  it("is dropped when the image is not as it ended", () => {
    const history = commit(startHistory({ instances: [] }), "Draw", { instances: [square("a")] });
    const packed = new HistoryPacker().pack(history);
    expect(unpackHistory(packed, { instances: [square("a", 10.0001)] })).toBeNull();
    expect(unpackHistory(packed, { instances: [square("a"), square("b")] })).toBeNull();
    expect(unpackHistory(packed, { instances: [square("a")] })).not.toBeNull();
  });

  it("takes kilobytes for 200 entries on an image of 5,000 polygons", () => {
    const ring = Array.from({ length: 100 }, (_, i) => i * 7.1234);
    const instances = Array.from({ length: 5000 }, (_, i) => ({ ...square(`${i}`), polygons: [[ring]] }));
    let history = startHistory({ instances });
    for (let i = 0; i < HISTORY_LIMIT; i++) {
      const moved = { ...square(`${i * 20}`), polygons: [[ring.map((value) => value + i)]] };
      const action =
        i % 2 === 0
          ? replaceInstances([moved])
          : deleteInstances(new Set([`${i}`, `${i + 2500}`, `${i + 4000}`]));
      history = commit(history, "edit", action(history.present));
    }
    const packed = new HistoryPacker().pack(history);
    expect(packed.past).toHaveLength(HISTORY_LIMIT);
    expect(JSON.stringify(packed).length).toBeLessThan(600_000);
  });

  it("lets go of the steps farthest back when there are too many bytes", () => {
    let history = startHistory({ instances: [square("a")] });
    for (let i = 0; i < 30; i++) history = commit(history, `${i}`, { instances: [square("a", i + 11)] });
    const { past } = new HistoryPacker().pack(history, 2000);
    expect(past.length).toBeGreaterThan(5);
    expect(past.length).toBeLessThan(20);
    expect(past[0]?.label).toBe("29");
  });
});

describe("digestOf", () => {
  it("does not tell an empty property from a missing one, nor the order of names", () => {
    const { id, class_id, polygons } = square("a");
    const wordy = { note: "", polygons, is_occluded: false, class_id, id };
    expect(digestOf({ instances: [wordy] })).toBe(digestOf({ instances: [{ id, class_id, polygons }] }));
  });

  it("tells the order of objects", () => {
    const [a, b] = [square("a"), square("b")];
    expect(digestOf({ instances: [a, b] })).not.toBe(digestOf({ instances: [b, a] }));
  });
});
