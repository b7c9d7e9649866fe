import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { finishImage } from "./finish";
import { openImage } from "./testing";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const NEVER = new Promise<string | null>(() => undefined);

function setUp(findNext: () => Promise<string | null>) {
  const { editing, server } = openImage();
  const messages: string[] = [];
  editing.editor.on("message", (message) => messages.push(message));
  const walk = { nextAhead: () => null, findNext, neighbour: null, open: vi.fn(), end: vi.fn() };
  const finish = async (): Promise<void> => {
    const finished = finishImage(editing, walk, () => undefined);
    await vi.advanceTimersByTimeAsync(4000);
    await finished;
  };
  return { server, messages, walk, finish };
}

it("goes on to the next image once this one is saved", async () => {
  const { walk, finish, messages } = setUp(async () => "next");
  await finish();
  expect(walk.open).toHaveBeenCalledExactlyOnceWith("next");
  expect(messages).toEqual([]);
});

it("offline, says why it stays, although the question of what is next never comes back", async () => {
  const { server, walk, finish, messages } = setUp(() => NEVER);
  server.faults = ["down", "down", "down", "down"];
  await finish();
  expect(walk.open).not.toHaveBeenCalled();
  expect(walk.end).not.toHaveBeenCalled();
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain("server cannot be reached");
  expect(messages[0]).toContain("kept on this device");
});

it("says so, too, where all was saved before", async () => {
  const { walk, finish, messages } = setUp(() => NEVER);
  await finish();
  expect(walk.open).not.toHaveBeenCalled();
  expect(messages[0]).toContain("Done and saved");
});
