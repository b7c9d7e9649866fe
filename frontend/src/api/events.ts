import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { LiveConnection, type LiveEvent, type LiveState } from "./live";
import { at, keys } from "./keys";
import { batchesKey, type RunBatch } from "./runs";

/** How many batches a page looks back on: two minutes at five events a second. */
const BATCHES_KEPT = 600;

/** Which cached answers an event makes stale. */
export function staleKeys(event: LiveEvent): QueryKey[] {
  switch (event.kind) {
    case "image.changed":
      return [...keys.annotation(event.id), ...keys.image(event.id), ...ofImages(event.dataset)];
    case "images.changed":
      return [...keys.annotation(), ...keys.image(), ...ofImages(event.dataset), ...keys.mentions];
    case "insights.changed":
      return [...keys.insights(event.dataset), ...keys.imagesOf(event.dataset)];
    case "comments.changed":
      return [...keys.image(event.id), ...ofImages(event.dataset), ...keys.mentions];
    case "dataset.changed":
      return [
        ...keys.datasets,
        ...keys.mentions,
        ...keys.trashedDatasets,
        ...keys.myWork,
        ...keys.dataset(event.dataset),
        ...keys.imagesOf(event.dataset),
      ];
    case "independent.changed":
      return [...keys.myWork, ...keys.independent, ...keys.agreement(event.dataset)];
    case "import.changed":
      return [
        ...keys.import(event.id),
        ...keys.jobs,
        ...keys.imports(event.dataset),
        ...keys.dataset(event.dataset),
      ];
    case "bulk_change.changed":
      return [...keys.bulkChange(event.id), ...keys.jobs, ...keys.bulkChanges(event.dataset)];
    case "folder.changed":
      return [...keys.folder(event.dataset)];
    case "dataset_export.changed":
    case "export.ready":
      return [...keys.datasetExports(event.dataset), ...keys.jobs];
    case "version.changed":
      return [
        ...keys.version(event.id),
        ...keys.jobs,
        ...keys.versions(event.dataset),
        ...keys.versionPreview(event.dataset),
      ];
    case "version_check.changed":
      return keys.versionCheck(event.id);
    case "synthetic_preview.changed":
      return keys.syntheticPreview(event.id);
    case "batch_preview.changed":
      return keys.batchPreview(event.id);
    case "run.changed":
      return [
        ...keys.run(event.id),
        ...keys.runs,
        ...keys.latestRuns,
        ...keys.jobs,
        ...keys.checkpoints,
        ...keys.runParts(event.id),
        ...keys.evaluations(event.id),
      ];
    case "run.epoch":
      return [at("/api/runs/{run_id}/epochs/", { run_id: event.id })];
    case "run.sample":
      return [at("/api/runs/{run_id}/samples/", { run_id: event.id })];
    case "search.changed":
      return [...keys.search(event.id)];
    case "evaluation.changed":
      return [
        ...keys.evaluation(event.id),
        ...keys.allEvaluations,
        ...keys.exports(),
        ...keys.jobs,
        ...keys.runs,
      ];
    case "verdict.changed":
      return [
        ...keys.verdict(event.id),
        ...keys.myWork,
        ...keys.verdicts(event.dataset),
        ...keys.versions(event.dataset),
      ];
    case "pin.changed":
      return [...keys.runs, ...keys.allEvaluations, ...keys.pins];
    case "prediction.changed":
      return [...keys.prediction(event.id), ...keys.predictions, ...keys.jobs];
    case "export.changed":
      return [...keys.exports(), ...keys.checkpoints, ...keys.jobs];
    case "run_check.changed":
      return [at("/api/run-checks/{check_id}/", { check_id: event.id }), ...keys.jobs];
    case "checkpoint.changed":
      return [...keys.checkpoints];
    case "served.changed":
      return [...keys.served];
    case "run_import.changed":
      return [...keys.runImport(event.id), ...keys.jobs, ...keys.runImports(event.dataset)];
    case "weights.changed":
      return [at("/api/weights/"), at("/api/models/"), ...keys.jobs];
    case "worker.changed":
      return [...keys.workers, ...keys.devices, ...keys.exportFormats];
    case "run.batch": // shown as they come
    case "image.presence":
    case "image.tiles":
      return [];
    default:
      // No kind is forgotten; but a server that was updated under the page may know more of them.
      event satisfies never;
      return [];
  }
}

/** What changes with any image of a dataset. */
function ofImages(dataset: string): QueryKey[] {
  return [
    ...keys.imagesOf(dataset),
    ...keys.dataset(dataset),
    ...keys.insights(dataset),
    ...keys.people(dataset),
    ...keys.versionPreview(dataset),
    ...keys.trash(dataset),
    ...keys.datasets,
    ...keys.myWork,
  ];
}

/** Batches are told by events alone: no answer of the server lists them. */
export function applyEvent(client: QueryClient, event: LiveEvent): void {
  if (event.kind !== "run.batch") return;
  client.setQueryData<RunBatch[]>(batchesKey(event.id), (known) => withBatch(known ?? [], event.data));
}

/** The newest batches in order; those that a resumed run trains again are forgotten. */
export function withBatch(known: readonly RunBatch[], batch: RunBatch): RunBatch[] {
  const before = known.filter(
    ({ epoch, batch: number }) => epoch < batch.epoch || (epoch === batch.epoch && number < batch.batch),
  );
  return [...before, batch].slice(-BATCHES_KEPT);
}

/** Invalidates at once, then gathers what comes in the next moment: an import of 10,000 images sends as many events. */
export class Invalidator {
  private readonly waiting = new Map<string, QueryKey>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly invalidate: (key: QueryKey) => void;
  private readonly pauseMs: number;

  constructor(invalidate: (key: QueryKey) => void, pauseMs = 500) {
    this.invalidate = invalidate;
    this.pauseMs = pauseMs;
  }

  add(staleNow: readonly QueryKey[]): void {
    for (const key of staleNow) this.waiting.set(JSON.stringify(key), key);
    if (this.timer === null) this.flush();
  }

  private flush(): void {
    if (this.waiting.size === 0) {
      this.timer = null;
      return;
    }
    const due = [...this.waiting.values()];
    this.waiting.clear();
    this.timer = setTimeout(() => this.flush(), this.pauseMs);
    for (const key of due) this.invalidate(key);
  }
}

const eventListeners = new Set<(event: LiveEvent) => void>();

/** For pages that want the events themselves (the editor shows who else saved an image). */
export function subscribeToEvents(listener: (event: LiveEvent) => void): () => void {
  eventListeners.add(listener);
  return () => eventListeners.delete(listener);
}

let liveState: LiveState = "connecting";
const stateListeners = new Set<() => void>();

function setLiveState(state: LiveState): void {
  liveState = state;
  for (const listener of stateListeners) listener();
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => liveState,
  );
}

/** Opens the application's one event connection; used once, where a session is known. */
export function useLiveEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    const invalidator = new Invalidator((queryKey) => void client.invalidateQueries({ queryKey }));
    const live = new LiveConnection({
      url: "/api/events/",
      open: (url) => new EventSource(url),
      onEvent: (event) => {
        applyEvent(client, event);
        invalidator.add(staleKeys(event));
        for (const listener of eventListeners) listener(event);
      },
      onRefresh: () => void client.invalidateQueries({ refetchType: "active" }),
      onState: setLiveState,
      isHidden: () => document.hidden,
    });
    const onVisibility = () => live.visibilityChanged();
    document.addEventListener("visibilitychange", onVisibility);
    live.start();
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      live.stop();
    };
  }, [client]);
}
