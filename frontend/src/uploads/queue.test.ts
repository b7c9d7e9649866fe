import { describe, expect, it, vi } from "vitest";
import { reasonAfterName, type Send, UploadError, UploadQueue } from "./queue";

type Pending = {
  name: string;
  sent: (bytes: number) => void;
  finish: () => void;
  fail: (error: Error) => void;
};

function setUp() {
  const pending: Pending[] = [];
  const send: Send = ({ file }, onSent, signal) =>
    new Promise((resolve, reject) => {
      pending.push({
        name: file.name,
        sent: onSent,
        finish: () => resolve({ importId: file.name.endsWith(".zip") ? 5 : null }),
        fail: reject,
      });
      signal.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    });
  const onDone = vi.fn();
  const queue = new UploadQueue({ send, onDone, schedule: (tell) => tell() });
  return { queue, pending, onDone };
}

const files = (...names: string[]) => names.map((name) => new File(["12345"], name));
const target = { kind: "image", dataset: "ducks" } as const;
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const states = (queue: UploadQueue) => queue.getSnapshot().items.map((item) => item.state);

describe("UploadQueue", () => {
  it("sends three at a time, and the next when one has arrived", async () => {
    const { queue, pending, onDone } = setUp();
    queue.add(files("a", "b", "c", "d"), target);
    expect(pending.map((p) => p.name)).toEqual(["a", "b", "c"]);
    expect(queue.getSnapshot()).toMatchObject({ sending: 3, waiting: 1, total: 4, bytesTotal: 20 });
    pending[1]?.finish();
    await settle();
    expect(pending.map((p) => p.name)).toEqual(["a", "b", "c", "d"]);
    expect(states(queue)).toEqual(["sending", "done", "sending", "sending"]);
    expect(onDone).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: "b" }));
  });

  it("says that all have arrived only after the pages were brought up to date", async () => {
    const pending: (() => void)[] = [];
    let brought = () => {};
    const upToDate = vi.fn(() => new Promise<void>((resolve) => (brought = resolve)));
    const send: Send = () => new Promise((resolve) => pending.push(() => resolve({ importId: null })));
    const queue = new UploadQueue({ send, settle: upToDate, schedule: (tell) => tell() });
    queue.add(files("a", "b"), target);
    pending[0]?.();
    await settle();
    expect(upToDate).not.toHaveBeenCalled();
    pending[1]?.();
    await settle();
    expect(upToDate).toHaveBeenCalledOnce();
    expect(queue.getSnapshot()).toMatchObject({ done: 1, sending: 1 });
    brought();
    await settle();
    expect(queue.getSnapshot()).toMatchObject({ done: 2, sending: 0 });
  });

  it("counts bytes on the way, never more than the file has", () => {
    const { queue, pending } = setUp();
    queue.add(files("a"), target);
    pending[0]?.sent(3);
    expect(queue.getSnapshot().bytesSent).toBe(3);
    pending[0]?.sent(900);
    expect(queue.getSnapshot().bytesSent).toBe(5);
  });

  it("keeps the reason of a refusal, goes on with the rest, and retries only what failed on the way", async () => {
    const { queue, pending } = setUp();
    queue.add(files("a", "b", "c", "d"), target);
    pending[0]?.fail(new UploadError("a is not an image.", true));
    pending[1]?.fail(new UploadError("The server cannot be reached.", false));
    await settle();
    expect(states(queue)).toEqual(["refused", "failed", "sending", "sending"]);
    expect(queue.getSnapshot().items[0]?.reason).toBe("a is not an image.");
    queue.retryFailed();
    expect(states(queue)).toEqual(["refused", "sending", "sending", "sending"]);
  });

  it("stops what has not arrived and leaves what has", async () => {
    const { queue, pending } = setUp();
    queue.add(files("a", "b", "c", "d"), target);
    pending[0]?.finish();
    await settle();
    queue.stopAll();
    await settle();
    expect(states(queue)).toEqual(["done", "stopped", "stopped", "stopped"]);
    queue.clearEnded();
    expect(queue.getSnapshot().items).toEqual([]);
  });

  it("tells which import an archive became", async () => {
    const { queue, pending } = setUp();
    queue.add(files("set.zip"), { kind: "archive", dataset: "ducks" });
    pending[0]?.finish();
    await settle();
    expect(queue.getSnapshot().items[0]).toMatchObject({ state: "done", importId: 5 });
  });

  it("tells which prediction was started on a file", async () => {
    const send: Send = ({ prediction }) => Promise.resolve({ predictionId: Number(prediction.model) });
    const queue = new UploadQueue({ send, schedule: (tell) => tell() });
    const ids = queue.add(files("a.mp4"), { kind: "prediction", dataset: "", prediction: { model: "7" } });
    await settle();
    expect(ids).toEqual([queue.getSnapshot().items[0]?.id]);
    expect(queue.getSnapshot().items[0]).toMatchObject({ state: "done", predictionId: 7, importId: null });
    expect(queue.getSnapshot().items[0]?.fingerprint).not.toBe("");
  });

  it("pauses an archive and goes on with it", async () => {
    const { queue, pending } = setUp();
    queue.add(files("set.zip"), { kind: "archive", dataset: "ducks" });
    const id = queue.getSnapshot().items[0]?.id ?? 0;
    queue.pause(id);
    await settle();
    expect(states(queue)).toEqual(["paused"]);
    queue.clearEnded();
    expect(queue.getSnapshot()).toMatchObject({ paused: 1, sending: 0 });
    queue.resume(id);
    expect(states(queue)).toEqual(["sending"]);
    pending[1]?.finish();
    await settle();
    expect(states(queue)).toEqual(["done"]);
  });

  it("drops what the server has of an archive that was paused or failed, and then cancelled", async () => {
    const discard = vi.fn();
    const send: Send = (_, __, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
    const queue = new UploadQueue({ send, discard, schedule: (tell) => tell() });
    queue.add(files("set.zip"), { kind: "archive", dataset: "ducks" });
    const id = queue.getSnapshot().items[0]?.id ?? 0;
    queue.pause(id);
    await settle();
    queue.cancel(id);
    expect(states(queue)).toEqual(["stopped"]);
    expect(discard).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: "set.zip" }));
  });

  it("gives the same snapshot until something changes", () => {
    const { queue } = setUp();
    queue.add(files("a"), target);
    expect(queue.getSnapshot()).toBe(queue.getSnapshot());
  });
});

it("does not say the name of a refused file twice", () => {
  expect(reasonAfterName("a.jpg", "a.jpg: The file is empty.")).toBe("The file is empty.");
  expect(reasonAfterName("a.jpg", "The disk is full.")).toBe("The disk is full.");
});
