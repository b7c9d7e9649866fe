import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { addInstance, deleteInstances } from "@/canvas/document/actions";
import type { AnnotationDocument } from "@/canvas/model/document";
import { commit, type History, startHistory, undo } from "@/canvas/document/history";
import { HistoryPacker } from "@/canvas/document/packing";
import { BrowserDatabase } from "./database";
import { Histories, HISTORY_REST_MS, HistoryKeeper, KEPT_DAYS, KEPT_IMAGES } from "./histories";
import { IndexedDbJournal, type JournalEntry } from "./journal";
import { square } from "./testing";

let database: BrowserDatabase;

beforeEach(() => {
  vi.useRealTimers();
  globalThis.indexedDB = new IDBFactory();
  database = new BrowserDatabase();
});

function entry(user: number, image: string, tab: string): JournalEntry {
  const difference = { upsert: [square("a")], delete: [] };
  const empty = { before: [], sent: [], status: null, draft: [1, 2], undone: [] };
  return { user, image, tab, baseRevision: 3, difference, ...empty, at: 5 };
}

describe("the journal in the browser", () => {
  it("keeps entries by person, image and window", async () => {
    const journal = new IndexedDbJournal(database);
    const kept = [entry(1, "x", "one"), entry(1, "x", "two"), entry(1, "y", "one"), entry(2, "x", "one")];
    for (const each of kept) await journal.write(each);
    expect(await journal.read(1, "x")).toEqual(kept.slice(0, 2));
    expect(await journal.list(1)).toEqual(kept.slice(0, 3));
    await journal.remove(1, "x", "one");
    expect(await journal.read(1, "x")).toEqual([kept[1]]);
    expect(await journal.read(2, "x")).toEqual([kept[3]]);
  });

  it("brings along what the first version had kept", async () => {
    const old = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open("segloop-journal", 1);
      request.onupgradeneeded = () =>
        request.result.createObjectStore("unsaved", { keyPath: ["user", "image"] });
      request.onsuccess = () => resolve(request.result);
    });
    const { user, image, baseRevision, difference, status, draft, at } = entry(1, "x", "");
    const transaction = old.transaction("unsaved", "readwrite");
    transaction.objectStore("unsaved").put({ user, image, baseRevision, difference, status, draft, at });
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    old.close();
    expect(await new IndexedDbJournal(database).read(1, "x")).toEqual([entry(1, "x", "")]);
  });

  it("reads what a release of before kept in this version", async () => {
    const kept = entry(1, "x", "one");
    const before = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open("segloop-journal", 2);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("edits", { keyPath: ["user", "image", "tab"] }).put(kept);
        const histories = request.result.createObjectStore("histories", { keyPath: ["user", "image"] });
        histories.createIndex("at", "at");
      };
      request.onsuccess = () => resolve(request.result);
    });
    before.close();
    expect(await new IndexedDbJournal(database).read(1, "x")).toEqual([kept]);
  });

  it("makes room for a newer version of itself in another window", async () => {
    const journal = new IndexedDbJournal(database);
    await journal.write(entry(1, "x", "one"));
    const newer = indexedDB.open("segloop-journal", 3);
    await new Promise((resolve) => (newer.onsuccess = resolve));
    await expect(journal.write(entry(1, "x", "two"))).rejects.toThrow();
  });
});

const first: AnnotationDocument = { instances: [square("a"), square("b", 40)] };
function drawn(): History {
  const history = commit(startHistory(first), "Draw object", addInstance(square("c"))(first));
  return undo(commit(history, "Delete object", deleteInstances(new Set(["a"]))(history.present)));
}

describe("histories in the browser", () => {
  it("come back to the person who made them, of the image that is as they ended", async () => {
    const histories = new Histories(database);
    const history = drawn();
    const keeper = new HistoryKeeper({ user: 1, image: "x", histories, onFailure: () => undefined });
    keeper.keep(history);
    await keeper.flush();
    const reopened = new Histories(new BrowserDatabase());
    const present = structuredClone(history.present);
    expect(await reopened.read(1, "x", present)).toEqual(history);
    expect(await reopened.read(2, "x", present)).toBeNull();
    expect(await reopened.read(1, "y", present)).toBeNull();
    expect(await reopened.read(1, "x", first)).toBeNull();
  });

  it("are written once, when the hand rests, and removed when there is nothing to undo", async () => {
    const histories = new Histories(database);
    const write = vi.spyOn(histories, "write");
    const keeper = new HistoryKeeper({ user: 1, image: "x", histories, onFailure: () => undefined });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    keeper.keep(startHistory(first));
    keeper.keep(drawn());
    expect(write).not.toHaveBeenCalled();
    vi.advanceTimersByTime(HISTORY_REST_MS);
    vi.useRealTimers();
    expect(write).toHaveBeenCalledOnce();
    await write.mock.results[0]?.value;
    expect(await histories.read(1, "x", drawn().present)).not.toBeNull();
    keeper.keep(startHistory(drawn().present));
    await keeper.flush();
    expect(await histories.read(1, "x", drawn().present)).toBeNull();
  });

  it("tell when they cannot be kept", async () => {
    const histories = new Histories(database);
    vi.spyOn(histories, "write").mockRejectedValue(new DOMException("full", "QuotaExceededError"));
    const onFailure = vi.fn();
    const keeper = new HistoryKeeper({ user: 1, image: "x", histories, onFailure });
    keeper.keep(drawn());
    await keeper.flush();
    expect(onFailure).toHaveBeenCalledOnce();
  });

  it("let go of other people's, of old ones, and of all but the newest images", async () => {
    const histories = new Histories(database);
    const history = new HistoryPacker().pack(drawn());
    const { present } = drawn();
    const now = 1e12;
    const write = (user: number, image: string, at: number) => histories.write({ user, image, history, at });
    for (let i = 0; i < KEPT_IMAGES + 3; i++) await write(1, `image ${i}`, now - 1000 + i);
    await write(1, "old", now - (KEPT_DAYS + 1) * 24 * 3600 * 1000);
    await write(2, "theirs", now);
    await histories.clean(1, now);
    const isKept = async (user: number, image: string) =>
      (await histories.read(user, image, present)) !== null;
    expect(await isKept(1, "image 2")).toBe(false);
    expect(await isKept(1, "image 3")).toBe(true);
    expect(await isKept(1, `image ${KEPT_IMAGES + 2}`)).toBe(true);
    expect(await isKept(1, "old")).toBe(false);
    expect(await isKept(2, "theirs")).toBe(false);
  });
});
