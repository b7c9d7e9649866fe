import { describe, expect, it } from "vitest";
import type { Annotation } from "@/api/types";
import type { Journal, JournalEntry } from "./journal";
import { Savers } from "./savers";
import type { Save } from "./transport";

function leftover(image: string, user = 1): JournalEntry {
  const instance = { id: `${image}-1`, class_id: 1, polygons: [[[1, 1, 9, 1, 9, 9]]] };
  const difference = { upsert: [instance], delete: [] };
  return { user, image, baseRevision: 2, difference, status: null, draft: [], at: 0 };
}

function setUp(entries: JournalEntry[], missing: string[] = []) {
  const kept = new Map(entries.map((entry) => [`${entry.user}/${entry.image}`, entry]));
  const sent: Save[] = [];
  const journal: Journal = {
    read: async (user, image) => kept.get(`${user}/${image}`) ?? null,
    write: async (entry) => void kept.set(`${entry.user}/${entry.image}`, entry),
    remove: async (user, image) => void kept.delete(`${user}/${image}`),
    list: async (user) => [...kept.values()].filter((entry) => entry.user === user),
  };
  const load = async (image: string): Promise<Annotation> => {
    if (missing.includes(image)) throw new Error("404");
    return { image, revision: 2, status: "in_progress", instances: [] };
  };
  const savers = new Savers(
    journal,
    async (save) => {
      sent.push(save);
      return { kind: "saved", revision: 3, status: "in_progress" };
    },
    load,
  );
  return { savers, sent, kept };
}

const rest = () => new Promise((resolve) => setTimeout(resolve, 20));

describe("Savers", () => {
  it("send what earlier visits left, of this person only", async () => {
    const { savers, sent, kept } = setUp([leftover("a"), leftover("b"), leftover("c", 2)]);
    await savers.replay(1);
    await rest();
    expect(sent.map((save) => save.image).sort()).toEqual(["a", "b"]);
    expect([...kept.keys()]).toEqual(["2/c"]);
    expect(savers.allSafe).toBe(true);
  });

  it("keep what belongs to an image that cannot be opened", async () => {
    const { savers, sent, kept } = setUp([leftover("gone"), leftover("a")], ["gone"]);
    await savers.replay(1);
    await rest();
    expect(sent.map((save) => save.image)).toEqual(["a"]);
    expect([...kept.keys()]).toEqual(["1/gone"]);
  });

  it("give the same saver back while it has something unsaved", async () => {
    const { savers } = setUp([]);
    const first = await savers.open(1, "a");
    first.edit({ instances: [{ id: "x", class_id: 1, polygons: [[[1, 1, 9, 1, 9, 9]]] }] });
    expect(await savers.open(1, "a")).toBe(first);
    expect(savers.waiting("b").map((saver) => saver.image)).toEqual(["a"]);
    expect(savers.allSafe).toBe(false);
    await first.flush();
    expect(await savers.open(1, "a")).not.toBe(first);
  });
});
