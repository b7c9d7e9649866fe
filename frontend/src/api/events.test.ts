import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { applyEvent, Invalidator, staleKeys, withBatch, withEpoch } from "./events";
import { keys } from "./keys";
import { epochsQuery, type RunBatch } from "./runs";
import type { Epoch } from "./types";

const metrics = { precision: 0.5, recall: 0.5, map50: 0.5, map50_95: 0.3 };
const losses = { box: 1, seg: 2, cls: 3, dfl: 1 };
const epoch = (number: number, seconds = 1): Epoch => ({
  epoch: number,
  train: losses,
  val: losses,
  box: metrics,
  mask: metrics,
  reason: "",
  learning_rate: 0.01,
  seconds,
});

describe("staleKeys", () => {
  it("maps a changed image to its list, its dataset and itself", () => {
    const stale = staleKeys({ kind: "image.changed", dataset: "ducks", id: "u-1", data: null });
    expect(stale).toEqual(expect.arrayContaining([...keys.image("u-1")]));
    expect(stale).toEqual(expect.arrayContaining([...keys.annotation("u-1")]));
    expect(stale).toEqual(expect.arrayContaining([...keys.imagesOf("ducks")]));
    expect(stale).toEqual(expect.arrayContaining([...keys.dataset("ducks")]));
    expect(stale).toEqual(expect.arrayContaining([...keys.trash("ducks")]));
    expect(stale).toEqual(expect.arrayContaining([...keys.people("ducks")]));
  });

  it("maps a deleted or restored dataset to the list and to the trash", () => {
    const stale = staleKeys({ kind: "dataset.changed", dataset: "ducks", id: 1, data: null });
    expect(stale).toEqual(expect.arrayContaining([...keys.datasets]));
    expect(stale).toEqual(expect.arrayContaining([...keys.trashedDatasets]));
  });

  it("reaches what hangs on a changed image, its comments and history, and every open image when many change", () => {
    const client = new QueryClient();
    const ofImage = { params: { path: { image_id: "u-1" } } };
    const parts = ["", "comments/", "revisions/", "deleted-instances/"].map((part) => [
      "get",
      `/api/images/{image_id}/${part}`,
      ofImage,
    ]);
    for (const id of ["u-1", null]) {
      for (const key of parts) client.setQueryData(key, []);
      for (const key of staleKeys({ kind: "image.changed", dataset: "ducks", id, data: null }))
        void client.invalidateQueries({ queryKey: key });
      expect(parts.map((key) => client.getQueryState(key)?.isInvalidated)).toEqual([true, true, true, true]);
    }
  });

  it.each([
    ["run.changed", keys.run(7)],
    ["import.changed", keys.import(7)],
    ["version.changed", keys.version(7)],
    ["prediction.changed", keys.prediction(7)],
    ["evaluation.changed", keys.evaluation(7)],
    ["worker.changed", keys.workers],
  ])("%s makes %j stale", (kind, key) => {
    expect(staleKeys({ kind, dataset: null, id: 7, data: null })).toEqual(expect.arrayContaining([...key]));
  });

  it("makes a run's list of evaluations stale when one of them changes, or the run", () => {
    const client = new QueryClient();
    const ofRun = ["get", "/api/runs/{run_id}/evaluations/", { params: { path: { run_id: 3 } } }];
    for (const [kind, id] of [
      ["evaluation.changed", 7],
      ["run.changed", 3],
    ] as const) {
      client.setQueryData(ofRun, []);
      for (const queryKey of staleKeys({ kind, dataset: null, id, data: null }))
        void client.invalidateQueries({ queryKey });
      expect(client.getQueryState(ofRun)?.isInvalidated).toBe(true);
    }
  });

  it("leaves everything alone for kinds it does not know", () => {
    expect(staleKeys({ kind: "comet.seen", dataset: "ducks", id: 1, data: null })).toEqual([]);
  });
});

describe("applyEvent", () => {
  it("adds an epoch to a list that is on screen, once and in order", () => {
    const client = new QueryClient();
    client.setQueryData(epochsQuery(3).queryKey, [epoch(1), epoch(3)]);
    applyEvent(client, { kind: "run.epoch", dataset: null, id: 3, data: epoch(2) });
    applyEvent(client, { kind: "run.epoch", dataset: null, id: 3, data: epoch(3, 9) });
    const known = client.getQueryData(epochsQuery(3).queryKey);
    expect(known?.map((e) => e.epoch)).toEqual([1, 2, 3]);
    expect(known?.at(-1)?.seconds).toBe(9);
  });

  it("does not begin a list in the middle: it is fetched whole", () => {
    const client = new QueryClient();
    applyEvent(client, { kind: "run.epoch", dataset: null, id: 3, data: epoch(5) });
    expect(client.getQueryData(epochsQuery(3).queryKey)).toBeUndefined();
  });
});

it("withEpoch changes no list in place", () => {
  const known = [epoch(1)];
  expect(withEpoch(known, epoch(2))).toHaveLength(2);
  expect(known).toHaveLength(1);
});

describe("Invalidator", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("lets the first event through at once and gathers a flood", () => {
    const invalidate = vi.fn();
    const invalidator = new Invalidator(invalidate, 500);
    invalidator.add([["images", "a"]]);
    expect(invalidate).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 10_000; i += 1) invalidator.add([["images", "a"], ["datasets"]]);
    expect(invalidate).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(500);
    expect(invalidate).toHaveBeenCalledTimes(3);
    vi.advanceTimersByTime(5_000);
    expect(invalidate).toHaveBeenCalledTimes(3);
    invalidator.add([["datasets"]]);
    expect(invalidate).toHaveBeenCalledTimes(4);
  });
});

describe("withBatch", () => {
  const batch = (epoch: number, number: number) => ({ epoch, batch: number, batches: 10 }) as RunBatch;

  it("forgets what a resumed run trains again", () => {
    const known = [batch(1, 9), batch(1, 10), batch(2, 3), batch(2, 4)];
    expect(withBatch(known, batch(2, 1))).toEqual([batch(1, 9), batch(1, 10), batch(2, 1)]);
  });

  it("keeps the newest only", () => {
    let known: RunBatch[] = [];
    for (let epoch = 1; epoch <= 700; epoch++) known = withBatch(known, batch(epoch, 1));
    expect(known).toHaveLength(600);
    expect(known.at(-1)).toEqual(batch(700, 1));
  });
});
