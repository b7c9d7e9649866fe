import { expect, it, vi } from "vitest";
import { FrameLoop, type FrameStats } from "./loop";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

function setUp(fail: (error: unknown) => number | null = () => null) {
  let clock = 0;
  const questions: { frame: number; answer: () => void; refuse: () => void; signal: AbortSignal }[] = [];
  const take = vi.fn(async (): Promise<number | null> => take.mock.calls.length);
  const shown: [number, FrameStats][] = [];
  const pauses: number[] = [];
  const loop = new FrameLoop<number, string>({
    take,
    ask: (frame, signal) =>
      new Promise((resolve, reject) =>
        questions.push({
          frame,
          signal,
          answer: () => resolve("masks"),
          refuse: () => reject(new Error("busy")),
        }),
      ),
    show: (_, frame, stats) => shown.push([frame, stats]),
    fail,
    now: () => clock,
    wait: async (milliseconds) => {
      pauses.push(milliseconds);
      await settle();
    },
  });
  const pass = async (milliseconds: number) => {
    clock += milliseconds;
    questions.at(-1)?.answer();
    await settle();
  };
  return { loop, take, questions, shown, pauses, pass };
}

it("takes the next frame only when the last was answered", async () => {
  const { loop, take, questions, pass } = setUp();
  void loop.run();
  await settle();
  expect([take.mock.calls.length, questions.length]).toEqual([1, 1]);
  await pass(200);
  expect([take.mock.calls.length, questions.length]).toEqual([2, 2]);
  loop.stop();
});

it("measures how long an answer takes and how many come in a second", async () => {
  const { loop, shown, pass } = setUp();
  void loop.run();
  await settle();
  for (let i = 0; i < 15; i += 1) await pass(i < 12 ? 200 : 50);
  loop.stop();
  expect(shown[0]).toEqual([1, { framesPerSecond: 0, milliseconds: 200 }]);
  expect(shown[5]?.[1].framesPerSecond).toBeCloseTo(5);
  expect(shown[14]?.[1].milliseconds).toBe(50);
  expect(shown[14]?.[1].framesPerSecond).toBeGreaterThan(5);
});

it("shows nothing that arrives after it was stopped, and aborts the question", async () => {
  const { loop, questions, shown, pass } = setUp();
  const over = vi.fn();
  void loop.run().then(over);
  await settle();
  loop.stop();
  expect(questions[0]?.signal.aborted).toBe(true);
  await pass(10);
  expect(shown).toEqual([]);
  expect(over).toHaveBeenCalled();
});

it("goes on after a failure when told to, else it ends", async () => {
  const reasons = [5_000, null];
  const { loop, questions, pauses } = setUp(() => reasons.shift() ?? null);
  const over = vi.fn();
  void loop.run().then(over);
  await settle();
  questions[0]?.refuse();
  await settle();
  await settle();
  expect([pauses, questions.length]).toEqual([[5_000], 2]);
  questions[1]?.refuse();
  await settle();
  expect(over).toHaveBeenCalled();
});

it("waits for a camera that shows nothing yet", async () => {
  const { loop, take, questions, pauses } = setUp();
  take.mockResolvedValueOnce(null);
  void loop.run();
  await settle();
  await settle();
  expect([pauses, questions.length]).toEqual([[50], 1]);
  loop.stop();
});
