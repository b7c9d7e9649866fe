import { QueryClient, type QueryKey } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { applyEvent, Invalidator, staleKeys, withBatch } from "./events";
import { at, keys } from "./keys";
import type { LiveEvent } from "./live";
import { batchesKey, type RunBatch } from "./runs";

const batch = (epoch: number, number: number) => ({ epoch, batch: number, batches: 10 }) as RunBatch;
const dataset = "ducks";

/** One event of each kind, and one of the answers that it makes stale (null: none). */
const EVENTS: { [Kind in LiveEvent["kind"]]: [LiveEvent & { kind: Kind }, QueryKey | null | undefined] } = {
  "image.changed": [{ kind: "image.changed", dataset, id: "u-1" }, keys.annotation("u-1")[0]],
  "images.changed": [{ kind: "images.changed", dataset }, keys.annotation()[0]],
  "insights.changed": [{ kind: "insights.changed", dataset }, keys.insights(dataset)[1]],
  "comments.changed": [{ kind: "comments.changed", dataset, id: "u-1" }, keys.mentions[0]],
  "image.presence": [{ kind: "image.presence", dataset, id: "u-1", data: { people: [] } }, null],
  "image.tiles": [{ kind: "image.tiles", dataset, id: "u-1", data: { state: "ready", detail: "" } }, null],
  "dataset.changed": [{ kind: "dataset.changed", dataset, id: 7 }, keys.trashedDatasets[0]],
  "independent.changed": [{ kind: "independent.changed", dataset, id: 7 }, keys.agreement(dataset)[0]],
  "import.changed": [{ kind: "import.changed", dataset, id: 7 }, keys.import(7)[0]],
  "bulk_change.changed": [{ kind: "bulk_change.changed", dataset, id: 7 }, keys.bulkChange(7)[0]],
  "folder.changed": [{ kind: "folder.changed", dataset, id: 7 }, keys.folder(dataset)[0]],
  "version.changed": [{ kind: "version.changed", dataset, id: 7 }, keys.version(7)[0]],
  "synthetic_preview.changed": [
    { kind: "synthetic_preview.changed", dataset, id: 9 },
    keys.syntheticPreview(9)[0],
  ],
  "batch_preview.changed": [{ kind: "batch_preview.changed", dataset, id: 9 }, keys.batchPreview(9)[0]],
  "version_check.changed": [{ kind: "version_check.changed", dataset, id: 7 }, keys.versionCheck(7)[0]],
  "run.changed": [{ kind: "run.changed", dataset, id: 7 }, keys.run(7)[0]],
  "run.batch": [{ kind: "run.batch", dataset, id: 7, data: batch(1, 1) }, null],
  "run.epoch": [{ kind: "run.epoch", dataset, id: 7 }, at("/api/runs/{run_id}/epochs/", { run_id: 7 })],
  "run.sample": [{ kind: "run.sample", dataset, id: 7 }, at("/api/runs/{run_id}/samples/", { run_id: 7 })],
  "run_check.changed": [
    { kind: "run_check.changed", dataset, id: 7 },
    at("/api/run-checks/{check_id}/", { check_id: 7 }),
  ],
  "run_import.changed": [{ kind: "run_import.changed", dataset, id: 7 }, keys.runImport(7)[0]],
  "search.changed": [{ kind: "search.changed", dataset, id: 7 }, keys.search(7)[0]],
  "evaluation.changed": [{ kind: "evaluation.changed", dataset, id: 7 }, keys.evaluation(7)[0]],
  "prediction.changed": [{ kind: "prediction.changed", dataset, id: 7 }, keys.prediction(7)[0]],
  "weights.changed": [{ kind: "weights.changed", dataset, id: 7 }, at("/api/weights/")],
  "dataset_export.changed": [
    { kind: "dataset_export.changed", dataset, id: 7 },
    keys.datasetExports(dataset)[0],
  ],
  "export.ready": [{ kind: "export.ready", dataset, id: 7 }, keys.datasetExports(dataset)[0]],
  "export.changed": [{ kind: "export.changed", dataset, id: 7 }, keys.exports()[0]],
  "checkpoint.changed": [{ kind: "checkpoint.changed", dataset, id: 7 }, keys.checkpoints[0]],
  "served.changed": [{ kind: "served.changed", dataset, id: 7 }, keys.served[0]],
  "verdict.changed": [{ kind: "verdict.changed", dataset, id: 7 }, keys.verdict(7)[0]],
  "pin.changed": [{ kind: "pin.changed", dataset, id: 7 }, keys.pins[0]],
  "worker.changed": [{ kind: "worker.changed" }, keys.workers[0]],
};

describe("staleKeys", () => {
  it.each(Object.values(EVENTS))("of %j has %j", (event, key) => {
    if (key) expect(staleKeys(event)).toContainEqual(key);
    else expect(staleKeys(event)).toEqual([]);
  });

  it("maps a changed image to its lists, its dataset and itself", () => {
    const stale = staleKeys({ kind: "image.changed", dataset, id: "u-1" });
    expect(stale).toEqual(expect.arrayContaining([...keys.image("u-1")]));
    expect(stale).toEqual(expect.arrayContaining([...keys.imagesOf(dataset)]));
    expect(stale).toEqual(expect.arrayContaining([...keys.dataset(dataset)]));
    expect(stale).toEqual(expect.arrayContaining([...keys.trash(dataset)]));
    expect(stale).toEqual(expect.arrayContaining([...keys.people(dataset)]));
    expect(stale).not.toContainEqual(keys.mentions[0]); // saves are many more than comments
  });

  it("reaches what hangs on a changed image, its comments and history, and every open image when many change", () => {
    const client = new QueryClient();
    const ofImage = { params: { path: { image_id: "u-1" } } };
    const parts = ["", "comments/", "revisions/", "deleted-instances/"].map((part) => [
      "get",
      `/api/images/{image_id}/${part}`,
      ofImage,
    ]);
    for (const [event] of [EVENTS["image.changed"], EVENTS["images.changed"]]) {
      for (const key of parts) client.setQueryData(key, []);
      for (const queryKey of staleKeys(event)) void client.invalidateQueries({ queryKey });
      expect(parts.map((key) => client.getQueryState(key)?.isInvalidated)).toEqual([true, true, true, true]);
    }
  });

  it("makes a run's list of evaluations stale when one of them changes, or the run", () => {
    const client = new QueryClient();
    const ofRun = at("/api/runs/{run_id}/evaluations/", { run_id: 7 });
    for (const [event] of [EVENTS["evaluation.changed"], EVENTS["run.changed"]]) {
      client.setQueryData(ofRun, []);
      for (const queryKey of staleKeys(event)) void client.invalidateQueries({ queryKey });
      expect(client.getQueryState(ofRun)?.isInvalidated).toBe(true);
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
  expect(client.getQueryData(batchesKey(3))).toEqual([batch(1, 1), batch(1, 2)]);
  expect(client.getQueryData(at("/api/runs/{run_id}/epochs/", { run_id: 3 }))).toBeUndefined();
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
