import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnnotationDocument, Instance } from "@/canvas/model/document";
import { applyDifference, differenceBetween } from "@/canvas/document/difference";
import {
  baseOfEdits,
  type Choice,
  findDisputes,
  mergeVersions,
  touchedBy,
  type Versions,
  withArrived,
} from "./merge";

function square(id: string, x = 10): Instance {
  return { id, class_id: 1, polygons: [[[x, 10, x + 20, 10, x + 20, 30]]] };
}

/** "a b2 c": objects by name, a digit for another shape. */
function documentOf(names: string): AnnotationDocument {
  const instances = names
    .split(" ")
    .filter(Boolean)
    .map((name) => square(name[0] as string, 10 + Number(name[1] ?? 0)));
  return { instances };
}

function namesOf({ instances }: AnnotationDocument): string {
  return instances
    .map(({ id, polygons }) => {
      const change = (polygons[0]?.[0]?.[0] as number) - 10;
      return `${id.length > 1 ? "*" : id}${change > 0 ? change : ""}`;
    })
    .join(" ");
}

function versionsOf(base: string, mine: string, theirs: string): Versions {
  return { base: documentOf(base), mine: documentOf(mine), theirs: documentOf(theirs) };
}

describe("what merges by itself", () => {
  it.each([
    ["nothing on either side", "a b", "a b", "a b", "a b"],
    ["additions of both, mine on top", "a", "a m", "a t", "a t m"],
    ["a change of mine beside one of theirs", "a b", "a1 b", "a b1", "a1 b1"],
    ["a deletion of mine beside a change of theirs", "a b", "b", "a b1", "b1"],
    ["a deletion of theirs beside a change of mine", "a b", "a1 b", "a", "a1"],
    ["the same change on both sides", "a b", "a1 b", "a1 b", "a1 b"],
    ["the same deletion on both sides", "a b", "b", "b", "b"],
    ["my order, with what they added on top", "a b c", "c a b", "a b c t", "c a b t"],
    ["their order, with what I added on top", "a b c", "a b c m", "c b a", "c b a m"],
    ["my order where both changed it", "a b c", "b a c", "c b a", "b a c"],
  ])("%s", (_, base, mine, theirs, merged) => {
    const versions = versionsOf(base, mine, theirs);
    expect(findDisputes(versions)).toEqual([]);
    expect(namesOf(mergeVersions(versions))).toBe(merged);
  });
});

describe("what has to be asked", () => {
  it.each<[string, string, string, string, Choice, string]>([
    ["both changed it", "a b", "a1 b", "a2 b", "mine", "a1 b"],
    ["both changed it", "a b", "a1 b", "a2 b", "theirs", "a2 b"],
    ["both changed it", "a b", "a1 b", "a2 b", "both", "a2 *1 b"],
    ["I deleted what they changed", "a b", "b", "a2 b", "mine", "b"],
    ["I deleted what they changed", "a b", "b", "a2 b", "theirs", "a2 b"],
    ["I deleted what they changed", "a b", "b", "a2 b", "both", "a2 b"],
    ["they deleted what I changed: back in its place", "a b c", "a b1 c", "a c", "mine", "a b1 c"],
    ["they deleted what I changed", "a b c", "a b1 c", "a c", "theirs", "a c"],
    ["both added it, differently", "", "a1", "a2", "both", "a2 *1"],
  ])("%s (%#)", (_, base, mine, theirs, choice, merged) => {
    const versions = versionsOf(base, mine, theirs);
    const [dispute, ...more] = findDisputes(versions);
    expect(more).toEqual([]);
    const choices = new Map([[dispute?.id as string, choice]]);
    expect(namesOf(mergeVersions(versions, choices))).toBe(merged);
  });

  it("asks object by object", () => {
    const versions = versionsOf("a b c", "a1 b1 c m", "a2 b2 c3 t");
    expect(findDisputes(versions).map(({ id }) => id)).toEqual(["a", "b"]);
    const choices = new Map<string, Choice>([
      ["a", "mine"],
      ["b", "theirs"],
    ]);
    expect(namesOf(mergeVersions(versions, choices))).toBe("a1 b2 c3 t m");
  });
});

const IDS = Array.from("abcdefgh");
const documents = fc
  .uniqueArray(fc.record({ id: fc.constantFrom(...IDS), x: fc.nat(3) }), { selector: ({ id }) => id })
  .map((list): AnnotationDocument => ({ instances: list.map(({ id, x }) => square(id, x)) }));
const choices = fc.dictionary(fc.constantFrom(...IDS), fc.constantFrom<Choice>("mine", "theirs", "both"));

function holds(check: (a: AnnotationDocument, b: AnnotationDocument, c: AnnotationDocument) => void): void {
  fc.assert(fc.property(documents, documents, documents, check));
}

const byName = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
const byId = ({ instances }: AnnotationDocument): Instance[] => [...instances].sort(byName);

describe("a merge", () => {
  it("takes the one side that changed, whole", () => {
    holds((base, x) => {
      expect(findDisputes({ base, mine: base, theirs: x })).toEqual([]);
      expect(mergeVersions({ base, mine: base, theirs: x })).toEqual(x);
      expect(mergeVersions({ base, mine: x, theirs: base })).toEqual(x);
      expect(mergeVersions({ base, mine: x, theirs: x })).toEqual(x);
    });
  });

  it("done again changes nothing more", () => {
    holds((base, mine, theirs) => {
      const merged = mergeVersions({ base, mine, theirs });
      expect(mergeVersions({ base: theirs, mine: merged, theirs })).toEqual(merged);
      expect(byId(mergeVersions({ base, mine: merged, theirs }))).toEqual(byId(merged));
    });
  });

  it("has every id once, and loses nothing that one side added or left alone", () => {
    fc.assert(
      fc.property(documents, documents, documents, choices, (base, mine, theirs, chosen) => {
        const merged = mergeVersions({ base, mine, theirs }, new Map(Object.entries(chosen)));
        const ids = merged.instances.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const started = new Set(base.instances.map(({ id }) => id));
        for (const side of [mine, theirs])
          for (const { id } of side.instances) if (!started.has(id)) expect(ids).toContain(id);
        for (const { id } of base.instances)
          if ([mine, theirs].every((side) => side.instances.some((each) => each.id === id)))
            expect(ids).toContain(id);
      }),
    );
  });
});

describe("edits kept on this device", () => {
  it("merge as if the whole base had been kept, but for the order", () => {
    holds((base, mine, theirs) => {
      const difference = differenceBetween(base, mine);
      const known = baseOfEdits(theirs, difference, touchedBy(difference, base));
      const replayed = { base: known, mine: applyDifference(known, difference), theirs };
      expect(findDisputes(replayed).sort(byName)).toEqual(findDisputes({ base, mine, theirs }).sort(byName));
      expect(byId(mergeVersions(replayed))).toEqual(byId(mergeVersions({ base, mine, theirs })));
    });
  });
});

describe("saves whose answer never came", () => {
  it("are not taken for somebody else's", () => {
    holds((base, sent, later) => {
      const known = withArrived(base, [sent], sent);
      expect(findDisputes({ base: known, mine: later, theirs: sent })).toEqual([]);
    });
  });

  it("leave to be asked what somebody changed after them", () => {
    const [base, sent, theirs] = [documentOf("a b"), documentOf("a1 b1"), documentOf("a1 b2 t")];
    const known = withArrived(base, [sent], theirs);
    const versions = { base: known, mine: documentOf("a3 b1"), theirs };
    // The change of b that had arrived is the base of mine no more than of theirs.
    expect(findDisputes(versions).map(({ id }) => id)).toEqual(["b"]);
    expect(namesOf(mergeVersions(versions, new Map([["b", "theirs"]])))).toBe("a3 b2 t");
  });
});
