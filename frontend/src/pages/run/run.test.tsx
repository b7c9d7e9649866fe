import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Attempt, Run } from "@/api/types";
import { renderApp } from "@/test/render";
import { AttemptTimeline, attemptFacts } from "./AttemptTimeline";
import { formatRate } from "./BatchPanel";
import { sampleAt } from "./SampleGallery";
import { StopDialog } from "./StopDialog";

const attempt = (over: Partial<Attempt> = {}): Attempt => ({
  number: 1,
  outcome: "out_of_memory",
  sentence: "Out of memory at epoch 41 with batch 16; resumed after epoch 40 with batch 8.",
  worker: "rack-3",
  device: "0",
  device_name: "Tesla T4",
  started_at: "2026-01-10T12:00:00Z",
  ended_at: "2026-01-10T12:02:05Z",
  from_epoch: 4,
  to_epoch: 12,
  batch: 16,
  notes: [],
  ...over,
});
const run = (over: Partial<Run>) => ({ id: 5, name: "pond", state: "running", epoch: 3, ...over }) as Run;

describe("attemptFacts", () => {
  it.each([
    [{}, "epochs 5 to 12 · batch 16 · 2 min 5 s · Tesla T4 on rack-3"],
    [{ from_epoch: 11, ended_at: null }, "epoch 12 · batch 16 · Tesla T4 on rack-3"],
    [{ to_epoch: 4, device_name: "", worker: "" }, "no epoch · batch 16 · 2 min 5 s · 0"],
  ])("%j: %s", (over, facts) => expect(attemptFacts(attempt(over))).toBe(facts));
});

it("shows what the engine lowered, at the attempt", () => {
  const notes = ["Images are loaded by 2 workers instead of 8: this host has 2 processors."];
  renderApp(<AttemptTimeline run={run({ attempts: [attempt({ notes }), attempt({ number: 2 })] })} />);
  const lists = screen.getAllByRole("list", { name: "Notes of the engine" });
  expect(lists.map((list) => list.textContent)).toEqual(notes);
});

it("tells what happened, oldest first", () => {
  const last = attempt({ number: 2, outcome: "finished", sentence: "Finished: 100 epochs." });
  renderApp(<AttemptTimeline run={run({ attempts: [attempt(), last] })} />);
  expect(screen.getByRole("heading").textContent).toBe("What happened, in 2 attempts");
  const items = screen.getAllByRole("listitem").map((item) => item.textContent);
  expect(items[0]).toContain("Out of memory at epoch 41");
  expect(items[1]).toContain("Finished: 100 epochs.");
});

it("shows the newest sample until another is chosen, and again when that is gone", () => {
  const samples = [1, 3, 5].map((epoch) => ({ epoch, images: [] }));
  expect(sampleAt(samples, null)).toBe(2);
  expect(sampleAt(samples, 3)).toBe(1);
  expect(sampleAt(samples, 4)).toBe(2);
  expect(sampleAt([], null)).toBe(-1);
});

it.each([
  [0.001666, "0.00167"],
  [0.01, "0.01"],
  [0.0000123, "1.2e-5"],
  [0, "0"],
])("learning rate %d is written %s", (rate, words) => expect(formatRate(rate)).toBe(words));

describe("StopDialog", () => {
  afterEach(() => vi.unstubAllGlobals());

  const posted: unknown[] = [];
  const listen = () => {
    posted.length = 0;
    vi.stubGlobal("fetch", async (request: Request) => {
      posted.push(await request.json());
      return Response.json({});
    });
  };

  it.each([
    [{ epoch: 3 }, /^Stop and keep$/, "keep"],
    [{ epoch: 0 }, /^Stop at once$/, "now"],
    [{ state: "queued" as const }, /^Cancel the run$/, "now"],
    [{ state: "cancelling" as const, stop_mode: "keep" as const }, /^Stop at once$/, "now"],
  ])("%j offers %s first", async (over, label, mode) => {
    listen();
    renderApp(<StopDialog run={run(over)} onClose={() => undefined} />);
    await userEvent.click(screen.getByRole("button", { name: label }));
    expect(posted).toEqual([{ mode }]);
  });

  it("says what each does, and does what was chosen", async () => {
    listen();
    renderApp(<StopDialog run={run({})} onClose={() => undefined} />);
    await userEvent.click(screen.getByRole("radio", { name: /Stop at once.*can be resumed/ }));
    await userEvent.click(screen.getByRole("button", { name: "Stop at once" }));
    expect(posted).toEqual([{ mode: "now" }]);
  });
});
