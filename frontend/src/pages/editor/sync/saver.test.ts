import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AnnotationDocument, Instance } from "@/canvas/model/document";
import type { JournalEntry } from "./journal";
import { type AnnotationSaver, DEBOUNCE_MS, MAX_WAIT_MS } from "./saver";
import type { Replacement } from "./state";
import { ANA, MemoryJournal, Server, square } from "./testing";

let server: Server;
let journal: MemoryJournal;
let saver: AnnotationSaver;
let replaced: Replacement[];

/** The saver of the image as it is opened now, and what it brings in by itself. */
function open(): void {
  saver = server.open(journal);
  replaced = [];
  saver.on("replaced", (replacement) => replaced.push(replacement));
}

function draw(...more: Instance[]): void {
  saver.edit({ instances: [...saver.document.instances, ...more] });
}

const ids = (document: AnnotationDocument): string[] => document.instances.map((each) => each.id);

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  journal = new MemoryJournal();
  open();
});
afterEach(() => vi.useRealTimers());

describe("saving", () => {
  it("sends only the difference, once the hand rests", async () => {
    draw(square("b"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS - 50);
    draw(square("c"));
    expect(saver.state.kind).toBe("unsaved");
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(server.saves).toHaveLength(1);
    expect(server.saves[0]).toMatchObject({
      baseRevision: 3,
      difference: { upsert: [{ id: "b" }, { id: "c" }], delete: [] },
    });
    expect(saver.state.kind).toBe("saved");
    expect(saver.status).toBe("in_progress");
    expect(ids(server.document)).toEqual(["a", "b", "c"]);
  });

  it("does not wait for ever while the hand never rests", async () => {
    for (let i = 0; i < 10; i++) {
      draw(square(`n${i}`));
      await vi.advanceTimersByTimeAsync(MAX_WAIT_MS / 8);
    }
    expect(server.saves.length).toBeGreaterThanOrEqual(1);
  });

  it("sends done together with the last edits", async () => {
    draw(square("b"));
    saver.setStatus("done");
    expect(await saver.flush()).toBe(true);
    expect(server.saves).toHaveLength(1);
    expect(server.status).toBe("done");
    expect(ids(server.document)).toContain("b");
  });

  it("saves what was edited while a save was on its way", async () => {
    draw(square("b"));
    const flushed = saver.flush();
    draw(square("c"));
    expect(await flushed).toBe(true);
    expect(ids(server.document)).toEqual(["a", "b", "c"]);
    expect(server.saves.map((save) => save.difference.upsert.length)).toEqual([1, 1]);
  });

  it("has nothing to send after an undo back to what is saved", async () => {
    const { document } = saver;
    draw(square("b"));
    saver.edit(document);
    expect(await saver.flush()).toBe(true);
    expect(server.saves).toEqual([]);
    await saver.journalled();
    expect(journal.entries.size).toBe(0);
  });
});

describe("without a server", () => {
  it("keeps everything on the device and tries again", async () => {
    server.faults = ["down", "down"];
    draw(square("b"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(saver.state).toMatchObject({ kind: "offline" });
    expect(journal.entries.get("1/img/tab")?.difference.upsert).toEqual([square("b")]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(saver.state.kind).toBe("offline");
    await vi.advanceTimersByTimeAsync(2000);
    expect(saver.state.kind).toBe("saved");
    await saver.journalled();
    expect(journal.entries.size).toBe(0);
  });

  it("tries at once when the connection is back", async () => {
    server.faults = ["down"];
    draw(square("b"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    saver.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(saver.state.kind).toBe("saved");
  });

  it("knows its own save again when only the answer was lost", async () => {
    server.faults = ["lost answer"];
    draw(square("b"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    draw(square("c"));
    await vi.advanceTimersByTimeAsync(5000);
    expect(saver.state.kind).toBe("saved");
    expect(ids(server.document)).toEqual(["a", "b", "c"]);
  });

  it("takes unsent edits up again after a crash", async () => {
    server.faults = ["down"];
    draw(square("b"));
    saver.setStatus("done");
    saver.keepDraft([1, 1, 5, 5], [9, 9]);
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    const entry = journal.entries.get("1/img/tab") as JournalEntry;
    open();
    saver.resume(entry, true);
    expect(saver.draft).toEqual({ points: [1, 1, 5, 5], undone: [9, 9] });
    await vi.advanceTimersByTimeAsync(10);
    expect(saver.state.kind).toBe("saved");
    expect(server.status).toBe("done");
    expect(ids(server.document)).toEqual(["a", "b"]);
  });

  it("drops a leftover that had arrived after all", async () => {
    server.faults = ["lost answer"];
    draw(square("b"));
    await saver.flush();
    const entry = journal.entries.get("1/img/tab") as JournalEntry;
    open();
    saver.resume(entry, true);
    await saver.journalled();
    expect(saver.state.kind).toBe("saved");
    expect(journal.entries.size).toBe(0);
  });
});

describe("when somebody else saved first", () => {
  it("merges what does not touch, and says so", async () => {
    server.someoneElseSaves({ instances: [square("a", 50), square("theirs")] });
    draw(square("mine"));
    const mine = saver.document;
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(server.document.instances).toEqual([square("a", 50), square("theirs"), square("mine")]);
    expect(saver.document).toEqual(server.document);
    expect(saver.state.kind).toBe("saved");
    expect(replaced).toEqual([{ kind: "merged", author: ANA, before: mine, document: saver.document }]);
  });

  it("takes what they did into undo as a document of its own", async () => {
    server.someoneElseSaves({ instances: [square("a"), square("theirs")] });
    draw(square("mine"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    saver.edit(replaced[0]?.before as AnnotationDocument);
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(ids(server.document)).toEqual(["a", "mine"]);
  });

  it("waits with the merge until the gesture has ended", async () => {
    server.someoneElseSaves({ instances: [square("a"), square("theirs")] });
    draw(square("mine"));
    saver.setMidGesture(true);
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS + 5000);
    expect(replaced).toEqual([]);
    draw(square("drawn meanwhile"));
    saver.setMidGesture(false);
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(ids(server.document)).toEqual(["a", "theirs", "mine", "drawn meanwhile"]);
  });

  it.each([
    ["mine if I set it", "done", "done"],
    ["theirs if I did not", null, "in_progress"],
  ] as const)("has a status: %s", async (_, mine, merged) => {
    server.status = "in_progress";
    server.someoneElseSaves({ instances: [square("a"), square("theirs")] });
    draw(square("mine"));
    if (mine) saver.setStatus(mine);
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(server.status).toBe(merged);
  });
});

describe("when both changed one object", () => {
  beforeEach(async () => {
    server.someoneElseSaves({ instances: [square("a", 50), square("theirs")] });
    saver.edit({ instances: [square("a", 20), square("mine")] });
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
  });

  it("stops, and has all versions", () => {
    expect(saver.state).toMatchObject({ kind: "conflict", theirs: { revision: 4 }, author: ANA });
    expect(ids(saver.document)).toEqual(["a", "mine"]);
    expect(ids(server.document)).toEqual(["a", "theirs"]);
    expect(saver.versions.base).toEqual({ instances: [square("a")] });
    expect(replaced).toEqual([]);
  });

  it.each([
    ["mine", [square("a", 20), square("theirs"), square("mine")]],
    ["theirs", [square("a", 50), square("theirs"), square("mine")]],
  ] as const)("goes on with %s of it when I say so", async (choice, merged) => {
    saver.resolve(new Map([["a", choice]]));
    await vi.advanceTimersByTimeAsync(10);
    expect(server.document.instances).toEqual(merged);
    expect(server.revision).toBe(5);
    expect(saver.state.kind).toBe("saved");
    expect(replaced).toMatchObject([
      { kind: "merged", before: { instances: [square("a", 20), square("mine")] } },
    ]);
  });

  it("keeps both when I say so", async () => {
    saver.resolve(new Map([["a", "both"]]));
    await vi.advanceTimersByTimeAsync(10);
    const [theirs, mine] = server.document.instances;
    expect(theirs).toEqual(square("a", 50));
    expect(mine).toEqual({ ...square("a", 20), id: mine?.id });
    expect(server.document.instances).toHaveLength(4);
  });

  it("goes on keeping edits while nothing is decided, also over a reload", async () => {
    draw(square("later"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.saves).toHaveLength(1);
    const entry = journal.entries.get("1/img/tab") as JournalEntry;
    expect(entry.difference.upsert.map((each) => each.id)).toEqual(["a", "mine", "later"]);
    expect(entry.before).toEqual([square("a")]);
    open();
    saver.resume(entry, true);
    await vi.advanceTimersByTimeAsync(10);
    expect(saver.state.kind).toBe("conflict");
    saver.resolve(new Map([["a", "theirs"]]));
    await vi.advanceTimersByTimeAsync(10);
    expect(ids(server.document)).toEqual(["a", "theirs", "mine", "later"]);
    expect(server.document.instances[0]).toEqual(square("a", 50));
  });

  it("asks again when a third version came while I chose", async () => {
    server.someoneElseSaves({ instances: [square("a", 70), square("theirs")] });
    saver.resolve(new Map([["a", "mine"]]));
    await vi.advanceTimersByTimeAsync(10);
    expect(saver.state).toMatchObject({ kind: "conflict", theirs: { revision: 5 } });
  });
});

describe("when answers get lost and somebody else saves too", () => {
  it("does not ask about what only I changed, twice", async () => {
    server.faults = ["lost answer"];
    saver.edit({ instances: [square("a", 20)] });
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    server.someoneElseSaves({ instances: [...server.document.instances, square("theirs")] });
    saver.edit({ instances: [square("a", 30)] });
    await vi.advanceTimersByTimeAsync(5000);
    expect(saver.state.kind).toBe("saved");
    expect(server.document).toEqual({ instances: [square("a", 30), square("theirs")] });
  });

  it("nor after a reload in between", async () => {
    server.faults = ["lost answer", "down", "down", "down"];
    saver.edit({ instances: [square("a", 20)] });
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    server.someoneElseSaves({ instances: [...server.document.instances, square("theirs")] });
    saver.edit({ instances: [square("a", 30)] });
    await saver.journalled();
    server.faults = [];
    const entry = journal.entries.get("1/img/tab") as JournalEntry;
    open();
    saver.resume(entry, true);
    await vi.advanceTimersByTimeAsync(10);
    expect(saver.state.kind).toBe("saved");
    expect(server.document).toEqual({ instances: [square("a", 30), square("theirs")] });
  });

  it("takes in what was saved between a lost answer and its repetition", async () => {
    server.faults = ["lost answer"];
    draw(square("mine"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    server.someoneElseSaves({ instances: [...server.document.instances, square("theirs")] });
    await vi.advanceTimersByTimeAsync(5000);
    expect(saver.state.kind).toBe("saved");
    expect(ids(saver.document)).toEqual(["a", "mine", "theirs"]);
  });
});

describe("a newer version from elsewhere", () => {
  const newer = { instances: [square("a"), square("theirs")] };

  it("is taken in while nothing is unsaved", async () => {
    server.someoneElseSaves(newer);
    saver.follow(4);
    await vi.advanceTimersByTimeAsync(0);
    expect(saver.document).toEqual(newer);
    expect(saver.state.kind).toBe("saved");
    expect(replaced).toMatchObject([{ kind: "newer", author: ANA }]);
    draw(square("mine"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(server.saves[0]?.baseRevision).toBe(4);
  });

  it("is no news when it is our own", async () => {
    draw(square("mine"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    saver.follow(4);
    await vi.advanceTimersByTimeAsync(0);
    expect(replaced).toEqual([]);
  });

  it.each([
    ["a gesture", () => saver.setMidGesture(true), () => saver.setMidGesture(false)],
    ["an outline", () => saver.keepDraft([1, 1]), () => saver.keepDraft([])],
  ])("waits for the end of %s", async (_, begin, end) => {
    begin();
    server.someoneElseSaves(newer);
    saver.follow(4);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(replaced).toEqual([]);
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect(saver.document).toEqual(newer);
  });

  it("is merged with what is unsaved, by the next save", async () => {
    draw(square("mine"));
    server.someoneElseSaves(newer);
    saver.follow(4);
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(replaced).toMatchObject([{ kind: "merged" }]);
    expect(ids(server.document)).toEqual(["a", "theirs", "mine"]);
  });
});

describe("the count of what is not saved", () => {
  it("counts objects, order and status", async () => {
    server.faults = ["down"];
    expect(saver.unsavedCount).toBe(0);
    saver.edit({ instances: [square("b"), square("a", 15)] });
    expect(saver.unsavedCount).toBe(3);
    saver.setStatus("done");
    expect(saver.unsavedCount).toBe(4);
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(saver.state).toMatchObject({ kind: "offline" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(saver.unsavedCount).toBe(0);
  });

  it("knows since when the server is away", async () => {
    server.faults = ["down", "down", "down"];
    draw(square("b"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    const { since } = saver.state as { since: number };
    await vi.advanceTimersByTimeAsync(3500);
    expect(saver.state).toMatchObject({ kind: "offline", since });
  });
});

describe("when the server says no", () => {
  it("waits for a sign-in and then saves", async () => {
    server.faults = ["signed out"];
    draw(square("b"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(saver.state.kind).toBe("signed_out");
    expect(server.saves).toHaveLength(1);
    saver.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(saver.state.kind).toBe("saved");
  });

  it("says why, keeps the work, and tries again with the next edit", async () => {
    server.faults = ["refuse"];
    draw(square("b"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(saver.state).toEqual({ kind: "refused", sentence: "No such class." });
    expect(journal.entries.size).toBe(1);
    expect(server.saves).toHaveLength(1);
    draw(square("c"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    expect(saver.state.kind).toBe("saved");
  });

  it("keeps the last step of a page that is left while an earlier write lasts", async () => {
    const { write } = journal;
    let letGo = (): void => undefined;
    journal.write = async (entry) => {
      await write(entry);
      await new Promise<void>((resolve) => (letGo = resolve));
    };
    saver.keepDraft([1, 1, 2, 2]);
    await vi.advanceTimersByTimeAsync(0);
    saver.keepDraft([1, 1], [2, 2]);
    await vi.advanceTimersByTimeAsync(0);
    expect(journal.entries.get("1/img/tab")?.draft).toEqual([1, 1, 2, 2]); // in its turn
    journal.write = write;
    saver.keepNow();
    expect(journal.entries.get("1/img/tab")?.draft).toEqual([1, 1]);
    letGo();
    await saver.journalled();
    expect(journal.entries.get("1/img/tab")).toMatchObject({ draft: [1, 1], undone: [2, 2] });
  });

  it("says so when the browser cannot keep anything", async () => {
    journal.write = async () => {
      throw new Error("no space");
    };
    draw(square("b"));
    await saver.journalled();
    expect(saver.keepsOnDevice).toBe(false);
    expect(await saver.flush()).toBe(true);
  });
});
