import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Annotation, Status } from "@/api/types";
import { ApiProblem } from "@/api/problem";
import type { AnnotationDocument, Instance } from "@/canvas/document/document";
import { applyDifference } from "@/canvas/document/difference";
import type { Journal, JournalEntry } from "./journal";
import { AnnotationSaver, DEBOUNCE_MS, MAX_WAIT_MS } from "./saver";
import type { Save, SaveAnswer } from "./transport";

function square(id: string, x = 10): Instance {
  return { id, class_id: 1, polygons: [[[x, 10, x + 20, 10, x + 20, 30]]] };
}

/** Keeps entries as the browser's database does: by value. */
class MemoryJournal implements Journal {
  readonly entries = new Map<string, JournalEntry>();
  read = async (user: number, image: string) => this.entries.get(`${user}/${image}`) ?? null;
  write = async (entry: JournalEntry) => {
    this.entries.set(`${entry.user}/${entry.image}`, structuredClone(entry));
  };
  remove = async (user: number, image: string) => {
    this.entries.delete(`${user}/${image}`);
  };
  list = async () => [...this.entries.values()];
}

/** The server's rules for saves: revision, If-Match, repeats. */
class Server {
  revision = 3;
  status: Status = "unlabelled";
  document: AnnotationDocument = { instances: [square("a")] };
  saves: Save[] = [];
  /** What the next saves meet instead of an answer. */
  faults: ("down" | "lost answer" | "signed out" | "refuse")[] = [];

  readonly transport = async (save: Save): Promise<SaveAnswer> => {
    this.saves.push(save);
    const fault = this.faults.shift();
    if (fault === "down") return { kind: "unreachable", problem: new ApiProblem("Down.", 0, "unreachable") };
    if (fault === "signed out") return { kind: "signed_out" };
    if (fault === "refuse") return { kind: "refused", problem: new ApiProblem("No such class.", 400, "x") };
    const answer = this.#store(save);
    if (fault === "lost answer")
      return { kind: "unreachable", problem: new ApiProblem("Lost.", 0, "unreachable") };
    return answer;
  };

  #store(save: Save): SaveAnswer {
    const next = applyDifference(this.document, save.difference);
    const status = save.status ?? (this.status === "unlabelled" ? "in_progress" : this.status);
    const same = JSON.stringify(next) === JSON.stringify(this.document) && status === this.status;
    if (!same) {
      if (save.baseRevision !== this.revision) return { kind: "conflict", current: this.annotation() };
      this.document = structuredClone(next);
      this.status = status;
      this.revision++;
    }
    return { kind: "saved", revision: this.revision, status: this.status };
  }

  annotation(): Annotation {
    const { revision, status } = this;
    return {
      image: "img",
      revision,
      status,
      instances: structuredClone(this.document.instances) as Annotation["instances"],
    };
  }

  someoneElseSaves(document: AnnotationDocument): void {
    this.document = document;
    this.revision++;
  }
}

let server: Server;
let journal: MemoryJournal;
let saver: AnnotationSaver;

function open(): AnnotationSaver {
  return new AnnotationSaver({
    user: 1,
    annotation: server.annotation(),
    journal,
    transport: server.transport,
  });
}

function draw(...more: Instance[]): void {
  saver.edit({ instances: [...saver.document.instances, ...more] });
}

const ids = (document: AnnotationDocument): string[] => document.instances.map((each) => each.id);

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  journal = new MemoryJournal();
  saver = open();
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
    expect(journal.entries.get("1/img")?.difference.upsert).toEqual([square("b")]);
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
    saver.keepDraft([1, 1, 5, 5]);
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
    const entry = journal.entries.get("1/img") as JournalEntry;
    saver = open();
    expect(saver.resume(entry)).toBe(true);
    expect(saver.draft).toEqual([1, 1, 5, 5]);
    await vi.advanceTimersByTimeAsync(10);
    expect(saver.state.kind).toBe("saved");
    expect(server.status).toBe("done");
    expect(ids(server.document)).toEqual(["a", "b"]);
  });

  it("drops a leftover that had arrived after all", async () => {
    server.faults = ["lost answer"];
    draw(square("b"));
    await saver.flush();
    const entry = journal.entries.get("1/img") as JournalEntry;
    saver = open();
    expect(saver.resume(entry)).toBe(false);
    await saver.journalled();
    expect(saver.state.kind).toBe("saved");
    expect(journal.entries.size).toBe(0);
  });
});

describe("when somebody else saved first", () => {
  beforeEach(async () => {
    server.someoneElseSaves({ instances: [square("a", 50), square("theirs")] });
    draw(square("mine"));
    await vi.advanceTimersByTimeAsync(DEBOUNCE_MS);
  });

  it("stops, and has both versions", () => {
    expect(saver.state).toMatchObject({ kind: "conflict", theirs: { revision: 4 } });
    expect(ids(saver.document)).toEqual(["a", "mine"]);
    expect(ids(server.document)).toEqual(["a", "theirs"]);
  });

  it("saves mine over theirs when I say so", async () => {
    const { other } = saver.resolve("mine");
    await vi.advanceTimersByTimeAsync(10);
    expect(ids(other)).toEqual(["a", "theirs"]);
    expect(server.document).toEqual({ instances: [square("a"), square("mine")] });
    expect(saver.state.kind).toBe("saved");
  });

  it("takes theirs when I say so, and hands me mine", async () => {
    const { chosen, other } = saver.resolve("theirs");
    await vi.advanceTimersByTimeAsync(10);
    expect(ids(chosen)).toEqual(["a", "theirs"]);
    expect(ids(other)).toEqual(["a", "mine"]);
    expect(server.revision).toBe(4);
    expect(saver.state.kind).toBe("saved");
  });

  it("goes on keeping edits while nothing is decided", async () => {
    draw(square("later"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.saves).toHaveLength(1);
    expect(journal.entries.get("1/img")?.difference.upsert.map((each) => each.id)).toEqual(["mine", "later"]);
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
