import { waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import type { Annotation } from "@/api/types";
import type { JournalEntry } from "./journal";
import { Savers } from "./savers";
import { ANA, MemoryJournal, Server, square } from "./testing";
import type { Save } from "./transport";

function leftover(image: string, more: Partial<JournalEntry> = {}): JournalEntry {
  const difference = { upsert: [square(`${image}-1`)], delete: [] };
  const empty = { before: [], sent: [], status: null, draft: [], undone: [] };
  return { user: 1, image, tab: "gone", baseRevision: 2, difference, ...empty, at: 0, ...more };
}

async function setUp(entries: JournalEntry[], { missing = [] as string[], alive = [] as string[] } = {}) {
  const journal = new MemoryJournal();
  for (const entry of entries) await journal.write(entry);
  const sent: Save[] = [];
  const refuse: string[] = [];
  const load = async (image: string): Promise<Annotation> => {
    if (missing.includes(image)) throw new Error("404");
    return { image, revision: 2, status: "in_progress", instances: [] };
  };
  const savers = new Savers({
    journal,
    tabs: { id: "me", join: () => undefined, alive: async () => new Set([...alive, "me"]) },
    transport: async (save) => {
      sent.push(save);
      if (refuse.includes(save.image))
        return { kind: "refused", problem: new ApiProblem("No such class.", 400, "x") };
      return { kind: "saved", revision: save.baseRevision + 1, status: "in_progress" };
    },
    load,
    fetchNewest: load,
    findAuthor: async () => ANA,
  });
  return { savers, sent, refuse, journal, kept: journal.entries };
}

describe("Savers", () => {
  it("send what earlier visits left, of this person only", async () => {
    const { savers, sent, kept } = await setUp([leftover("a"), leftover("b"), leftover("c", { user: 2 })]);
    await savers.replay(1);
    await waitFor(() => expect([...kept.keys()]).toEqual(["2/c/gone"]));
    expect(sent.map((save) => save.image).sort()).toEqual(["a", "b"]);
    expect(savers.allSafe).toBe(true);
  });

  it("keep what belongs to an image that cannot be opened", async () => {
    const { savers, sent, kept } = await setUp([leftover("gone"), leftover("a")], { missing: ["gone"] });
    await savers.replay(1);
    await waitFor(() => expect([...kept.keys()]).toEqual(["1/gone/gone"]));
    expect(sent.map((save) => save.image)).toEqual(["a"]);
  });

  it("tell of every save, and of images whose save waits for a person", async () => {
    const { savers, refuse } = await setUp([]);
    const saved: string[] = [];
    savers.on("saved", ({ image }) => saved.push(image));
    const [first, second] = [await savers.open(1, "a"), await savers.open(1, "b")];
    first.edit({ instances: [square("x")] });
    await first.flush();
    expect(saved).toEqual(["a"]);
    expect(savers.troubled("b")).toEqual([]);
    refuse.push("b");
    second.edit({ instances: [square("y")] });
    await second.flush();
    expect(savers.troubled("a")).toEqual([second]);
    expect(savers.troubled("b")).toEqual([]);
  });

  it("give the same saver back while it has something unsaved", async () => {
    const { savers } = await setUp([]);
    const first = await savers.open(1, "a");
    first.edit({ instances: [square("x")] });
    expect(await savers.open(1, "a")).toBe(first);
    expect(savers.waiting("b").map((saver) => saver.image)).toEqual(["a"]);
    expect(savers.allSafe).toBe(false);
    await first.flush();
    expect(await savers.open(1, "a")).not.toBe(first);
  });

  it("say once and for all that the browser keeps nothing", async () => {
    const { savers, journal } = await setUp([]);
    journal.read = async () => {
      throw new Error("private window");
    };
    expect(savers.keepsOnDevice).toBe(true);
    await savers.open(1, "a");
    expect(savers.keepsOnDevice).toBe(false);
  });
});

describe("two windows of one person on one image", () => {
  it("leave each other's entries alone while both live", async () => {
    const { savers, sent, kept } = await setUp([leftover("a", { tab: "other" })], { alive: ["other"] });
    await savers.replay(1);
    const saver = await savers.open(1, "a");
    expect(saver.document.instances).toEqual([]);
    saver.edit({ instances: [square("mine")] });
    await saver.journalled();
    expect([...kept.keys()].sort()).toEqual(["1/a/me", "1/a/other"]);
    await saver.flush();
    await saver.journalled();
    expect([...kept.keys()]).toEqual(["1/a/other"]);
    expect(sent).toHaveLength(1);
  });

  it("both come home when both were closed, one after the other", async () => {
    const first = leftover("a", { tab: "one", at: 1 });
    const second = leftover("a", {
      tab: "two",
      at: 2,
      difference: { upsert: [square("a-2")], delete: [] },
      draft: [1, 1, 2, 2],
    });
    const { savers, sent, kept } = await setUp([second, first]);
    const saver = await savers.open(1, "a");
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(saver.document.instances.map(({ id }) => id)).toEqual(["a-1", "a-2"]);
    // The outline of the second is not lost either: the next visit finds it.
    await waitFor(() => expect([...kept.keys()]).toEqual(["1/a/two"]));
    const again = (await setUp([...kept.values()])).savers;
    expect((await again.open(1, "a")).draft.points).toEqual([1, 1, 2, 2]);
  });

  it("follow each other: what one saves, the other merges", async () => {
    const server = new Server();
    const journal = new MemoryJournal();
    const [one, two] = [server.open(journal, "one"), server.open(journal, "two")];
    one.edit({ instances: [...one.document.instances, square("one")] });
    two.edit({ instances: [...two.document.instances, square("two")] });
    await one.journalled();
    await two.journalled();
    expect(journal.entries.size).toBe(2);
    await one.flush();
    await two.flush();
    one.follow(server.revision);
    await waitFor(() => expect(one.document).toEqual(two.document));
    expect(server.document.instances.map(({ id }) => id)).toEqual(["a", "one", "two"]);
    expect(journal.entries.size).toBe(0);
  });
});
