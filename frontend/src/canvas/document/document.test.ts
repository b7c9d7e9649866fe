import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addInstance,
  deleteInstances,
  deleteVertex,
  insertedVertex,
  movedVertex,
  replaceInstances,
  setAttributes,
  setClass,
  storable,
  translatedInstance,
} from "./actions";
import { type AnnotationDocument, type Instance, newId } from "../model/document";
import { applyDifference, differenceBetween, isEmpty } from "./difference";
import { commit, HISTORY_LIMIT, redo, startHistory, undo } from "./history";

const SIZE = { width: 100, height: 100 };

function square(id: string, x = 10, class_id = 1): Instance {
  return { id, class_id, polygons: [[[x, x, x + 20, x, x + 20, x + 20, x, x + 20]]] };
}

function documentOf(...instances: Instance[]): AnnotationDocument {
  return { instances };
}

describe("actions", () => {
  const a = square("a");
  const b = square("b", 40);

  it("leave the old document and every untouched object as they were", () => {
    const before = documentOf(a, b);
    const after = setClass(new Set(["a"]), 7)(before);
    expect(before.instances[0]?.class_id).toBe(1);
    expect(after.instances.map((each) => each.class_id)).toEqual([7, 1]);
    expect(after.instances[1]).toBe(b);
  });

  it("answer the same document when there is nothing to do", () => {
    const before = documentOf(a, b);
    expect(setClass(new Set(["a"]), 1)(before)).toBe(before);
    expect(deleteInstances(new Set(["x"]))(before)).toBe(before);
    expect(replaceInstances([])(before)).toBe(before);
  });

  it("move and insert a vertex, kept inside the image", () => {
    const ref = { part: 0, ring: 0, index: 1 };
    expect(movedVertex(a, ref, { x: 500, y: -3 }, SIZE).polygons[0]?.[0]?.slice(2, 4)).toEqual([100, 0]);
    const more = insertedVertex(a, { part: 0, ring: 0, index: 3 }, { x: 9, y: 20 }, SIZE);
    expect(more.polygons[0]?.[0]).toEqual([10, 10, 30, 10, 30, 30, 10, 30, 9, 20]);
  });

  it("delete a vertex; of a triangle the hole, of the last ring the object", () => {
    const corner = { part: 0, ring: 0, index: 0 };
    expect(deleteVertex("a", corner)(documentOf(a)).instances[0]?.polygons[0]?.[0]).toHaveLength(6);
    const holed: Instance = {
      ...a,
      polygons: [
        [
          [0, 0, 50, 0, 50, 50],
          [20, 10, 30, 10, 30, 20],
        ],
      ],
    };
    const filled = deleteVertex("a", { part: 0, ring: 1, index: 2 })(documentOf(holed));
    expect(filled.instances[0]?.polygons[0]).toHaveLength(1);
    expect(deleteVertex("a", corner)(documentOf(holed)).instances).toEqual([]);
  });

  it("set the attributes that are named, and change nothing where they are so already", () => {
    const noted = setAttributes(new Set(["a"]), { note: "blurred" })(documentOf(a, b));
    const both = setAttributes(new Set(["a"]), { occluded: true })(noted);
    expect(both.instances).toEqual([{ ...a, note: "blurred", occluded: true }, b]);
    const plain = documentOf(a, b);
    expect(setAttributes(new Set(["a"]), { occluded: false, note: "" })(plain)).toBe(plain);
  });

  it.each([
    ["a move", (noted: Instance) => translatedInstance(noted, 5, 5, SIZE)],
    [
      "a vertex",
      (noted: Instance) => movedVertex(noted, { part: 0, ring: 0, index: 0 }, { x: 1, y: 1 }, SIZE),
    ],
    ["the store", (noted: Instance) => storable(noted, SIZE)],
  ])("attributes outlast %s", (_, edited) => {
    const attributes = { occluded: true, truncated: true, note: "blurred" };
    expect(edited({ ...a, ...attributes })).toMatchObject(attributes);
  });

  it("refuse to store what encloses nothing", () => {
    expect(storable({ ...a, polygons: [[[5, 5, 9, 9, 7, 7]]] }, SIZE)).toBeNull();
  });
});

const documents = fc
  .uniqueArray(
    fc.record({ id: fc.constantFrom(...Array.from("abcdefghij")), x: fc.nat(50), class_id: fc.nat(3) }),
    {
      selector: (each) => each.id,
    },
  )
  .map((list) => documentOf(...list.map(({ id, x, class_id }) => square(id, x, class_id))));

describe("differences", () => {
  it("lead from any document to any other, order included", () => {
    fc.assert(
      fc.property(documents, documents, (from, to) => {
        expect(applyDifference(from, differenceBetween(from, to))).toEqual(to);
      }),
    );
  });

  it("applied twice change nothing more", () => {
    fc.assert(
      fc.property(documents, documents, (from, to) => {
        const difference = differenceBetween(from, to);
        const once = applyDifference(from, difference);
        expect(applyDifference(once, difference)).toEqual(once);
      }),
    );
  });

  it("name only what changed", () => {
    const [a, b, c] = [square("a"), square("b"), square("c")];
    const moved = square("b", 33);
    expect(differenceBetween(documentOf(a, b, c), documentOf(a, moved))).toEqual({
      upsert: [moved],
      delete: ["c"],
    });
    expect(isEmpty(differenceBetween(documentOf(a, b), documentOf({ ...a }, b)))).toBe(true);
  });

  it.each([{ occluded: true }, { truncated: true }, { note: "blurred" }])(
    "name a change of %o",
    (attributes) => {
      const a = square("a");
      const noted = { ...a, ...attributes };
      expect(differenceBetween(documentOf(a), documentOf(noted)).upsert).toEqual([noted]);
      expect(differenceBetween(documentOf(noted), documentOf({ ...noted })).upsert).toEqual([]);
    },
  );

  it("take an attribute that is absent for false", () => {
    const a = square("a");
    const spelt = { ...a, occluded: false, truncated: false, note: "" };
    expect(isEmpty(differenceBetween(documentOf(a), documentOf(spelt)))).toBe(true);
  });

  it("carry the order only when it cannot be inferred", () => {
    const [a, b] = [square("a"), square("b")];
    expect(differenceBetween(documentOf(a), documentOf(a, b)).order).toBeUndefined();
    expect(differenceBetween(documentOf(b), documentOf(a, b)).order).toEqual(["a", "b"]);
  });

  it("keep what somebody else added meanwhile", () => {
    const [a, b, c] = [square("a"), square("b"), square("c")];
    const mine = differenceBetween(documentOf(b), documentOf(a, b));
    expect(applyDifference(documentOf(b, c), mine).instances.map((each) => each.id)).toEqual(["a", "b", "c"]);
  });
});

describe("history", () => {
  it("undoes and redoes to the very same documents", () => {
    const first = documentOf();
    const second = addInstance(square("a"))(first);
    const history = commit(startHistory(first), "Draw object", second);
    expect(undo(history).present).toBe(first);
    expect(redo(undo(history)).present).toBe(second);
    expect(redo(undo(history)).past.at(-1)?.label).toBe("Draw object");
  });

  it("forgets the undone when something new is done, and ignores what changes nothing", () => {
    const first = documentOf();
    const history = commit(startHistory(first), "one", documentOf(square("a")));
    const other = commit(undo(history), "two", documentOf(square("b")));
    expect(other.future).toEqual([]);
    expect(commit(other, "three", other.present)).toBe(other);
  });

  it("keeps a limited number of entries", () => {
    let history = startHistory(documentOf());
    for (let i = 0; i < HISTORY_LIMIT + 20; i++) history = commit(history, "n", documentOf(square("a", i)));
    expect(history.past).toHaveLength(HISTORY_LIMIT);
  });
});

describe("newId", () => {
  it("makes version 4 UUIDs, each its own", () => {
    const ids = Array.from({ length: 500 }, newId);
    expect(new Set(ids).size).toBe(500);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
