import { describe, expect, it } from "vitest";
import type { Worker } from "@/api/types";
import { actionsFor, summaryWords, workerState } from "./modes";

const busy = { kind: "run", id: 3, title: "Train night", url: "/runs/3" } as const;
const gpu = { id: "0", kind: "gpu" } as Worker["devices"][number];

function worker(change: Partial<Worker>): Worker {
  return { state: "online", mode: "work", current: [], hostname: "a", devices: [], ...change } as Worker;
}

describe("what an administrator may do with a worker", () => {
  it.each([
    [worker({}), "Online", ["pause", "drain"]],
    [worker({ mode: "pause" }), "Paused", ["resume"]],
    [worker({ mode: "pause", current: [busy] }), "Pausing after this", ["resume"]],
    [worker({ mode: "drain", current: [busy] }), "Draining", ["resume"]],
    [worker({ mode: "drain" }), "Drained", ["resume"]],
    [worker({ state: "offline" }), "Offline", ["remove"]],
    [worker({ state: "offline", mode: "pause" }), "Offline, paused", ["resume", "remove"]],
  ])("%#", (given, state, actions) => {
    expect(workerState(given)).toBe(state);
    expect(actionsFor(given).map(({ id }) => id)).toEqual(actions);
  });

  it("is told first what will be finished", () => {
    const [pause] = actionsFor(worker({ current: [busy] }));
    expect(pause?.consequences[0]).toBe("It finishes “Train night” first.");
    const beside = { kind: "evaluation", id: 4, title: "Evaluate day", url: "" } as const;
    const [both] = actionsFor(worker({ current: [busy, beside] }));
    expect(both?.consequences[0]).toBe("It finishes “Train night” and “Evaluate day” first.");
  });
});

it("counts hosts and GPUs once", () => {
  const workers = [
    worker({ devices: [gpu] }),
    worker({ devices: [gpu] }),
    worker({ hostname: "b", devices: [gpu] }),
    worker({ hostname: "c", state: "offline", devices: [gpu] }),
  ];
  expect(summaryWords(workers)).toBe("3 workers on 2 hosts, 2 GPUs.");
  expect(summaryWords([worker({})])).toBe("1 worker on 1 host, no GPU.");
  expect(summaryWords([])).toBe("No worker is online: everything waits.");
});
