import { QueryClient, type QueryKey } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { applyEvent, Invalidator, type RunBatch, staleKeys, withBatch } from "./events";
import { keys } from "./keys";
import type { LiveEvent } from "./live";

const batch = (epoch: number, number: number) => ({ epoch, batch: number, batches: 10 }) as RunBatch;
const dataset = "ducks";

/** One event of each kind, and one of the answers that it makes stale (null: none). */
const EVENTS: { [Kind in LiveEvent["kind"]]: [LiveEvent & { kind: Kind }, QueryKey | null] } = {
  "image.changed": [{ kind: "image.changed", dataset, id: "u-1" }, keys.annotation("u-1")],
  "images.changed": [{ kind: "images.changed", dataset }, keys.allAnnotations],
  "comments.changed": [{ kind: "comments.changed", dataset, id: "u-1" }, keys.mentions],
  "image.presence": [{ kind: "image.presence", dataset, id: "u-1", data: { people: [] } }, null],
  "image.tiles": [{ kind: "image.tiles", dataset, id: "u-1", data: { state: "ready", detail: "" } }, null],
  "dataset.changed": [{ kind: "dataset.changed", dataset, id: 7 }, keys.trashedDatasets],
  "independent.changed": [{ kind: "independent.changed", dataset, id: 7 }, keys.agreement(dataset)],
  "import.changed": [{ kind: "import.changed", dataset, id: 7 }, keys.import(7)],
  "version.changed": [{ kind: "version.changed", dataset, id: 7 }, keys.version(7)],
  "run.changed": [{ kind: "run.changed", dataset, id: 7 }, keys.run(7)],
  "run.batch": [{ kind: "run.batch", dataset, id: 7, data: batch(1, 1) }, null],
  "run.epoch": [{ kind: "run.epoch", dataset, id: 7 }, keys.epochs(7)],
  "run.sample": [{ kind: "run.sample", dataset, id: 7 }, keys.samples(7)],
  "run_check.changed": [{ kind: "run_check.changed", dataset, id: 7 }, keys.runCheck(7)],
  "run_import.changed": [{ kind: "run_import.changed", dataset, id: 7 }, keys.runImport(7)],
  "search.changed": [{ kind: "search.changed", dataset, id: 7 }, keys.search(7)],
  "evaluation.changed": [{ kind: "evaluation.changed", dataset, id: 7 }, keys.evaluation(7)],
  "prediction.changed": [{ kind: "prediction.changed", dataset, id: 7 }, keys.prediction(7)],
  "export.changed": [{ kind: "export.changed", dataset, id: 7 }, keys.allExports],
  "checkpoint.changed": [{ kind: "checkpoint.changed", dataset, id: 7 }, keys.checkpoints],
  "verdict.changed": [{ kind: "verdict.changed", dataset, id: 7 }, keys.verdict(7)],
  "pin.changed": [{ kind: "pin.changed", dataset, id: 7 }, keys.pins(dataset)],
  "worker.changed": [{ kind: "worker.changed" }, keys.workers],
};

describe("staleKeys", () => {
  it.each(Object.values(EVENTS))("of %j has %j", (event, key) => {
    if (key) expect(staleKeys(event)).toContainEqual(key);
    else expect(staleKeys(event)).toEqual([]);
  });

  it("maps a changed image to its lists, its dataset and itself", () => {
    const stale = staleKeys({ kind: "image.changed", dataset, id: "u-1" });
    expect(stale).toContainEqual(keys.image("u-1"));
    expect(stale).toContainEqual(keys.imagesOf(dataset));
    expect(stale).toContainEqual(keys.dataset(dataset));
    expect(stale).toContainEqual(keys.trash(dataset));
    expect(stale).toContainEqual(keys.people(dataset));
    expect(stale).not.toContainEqual(keys.mentions); // saves are many more than comments
  });

  it("reaches what hangs on a changed image, its comments and history, and every open image when many change", () => {
    const client = new QueryClient();
    const parts = [
      keys.image("u-1"),
      keys.comments("u-1"),
      keys.revisions("u-1"),
      keys.deletedInstances("u-1"),
    ];
    for (const [event] of [EVENTS["image.changed"], EVENTS["images.changed"]]) {
      for (const key of parts) client.setQueryData(key, []);
      for (const queryKey of staleKeys(event)) void client.invalidateQueries({ queryKey });
      expect(parts.map((key) => client.getQueryState(key)?.isInvalidated)).toEqual([true, true, true, true]);
    }
  });

  it("makes a run's list of evaluations stale when one of them changes, or the run", () => {
    const client = new QueryClient();
    for (const [event] of [EVENTS["evaluation.changed"], EVENTS["run.changed"]]) {
      client.setQueryData(keys.evaluations(7), []);
      for (const queryKey of staleKeys(event)) void client.invalidateQueries({ queryKey });
      expect(client.getQueryState(keys.evaluations(7))?.isInvalidated).toBe(true);
    }
  });

  it("leaves everything alone for kinds that only a newer server knows", () => {
    expect(staleKeys({ kind: "comet.seen", dataset } as never)).toEqual([]);
  });
});

it("applyEvent gathers the batches of a run, which are in no answer of the server", () => {
  const client = new QueryClient();
  for (const number of [1, 2]) {
    applyEvent(client, { kind: "run.batch", dataset, id: 3, data: batch(1, number) });
  }
  applyEvent(client, { kind: "run.epoch", dataset, id: 3 });
  expect(client.getQueryData(keys.batches(3))).toEqual([batch(1, 1), batch(1, 2)]);
  expect(client.getQueryData(keys.epochs(3))).toBeUndefined();
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
