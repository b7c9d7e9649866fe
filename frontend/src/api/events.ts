import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { LiveConnection, type LiveEvent, type LiveState } from "./live";
import { keys } from "./keys";
import type { Epoch, Run, Sample } from "./types";

export type RunBatch = {
  epoch: number;
  batch: number;
  batches: number;
  losses: Record<string, number>;
  eta_seconds: number | null;
  learning_rate: number;
  images_per_second: number;
  gpu_memory_mb: number | null;
  gpu_utilisation_percent: number | null;
};

/** How many batches a page looks back on: two minutes at five events a second. */
const BATCHES_KEPT = 600;

/** Which cached answers an event makes stale. */
export function staleKeys({ kind, dataset, id, data }: LiveEvent): QueryKey[] {
  const number = Number(id);
  switch (kind) {
    case "image.changed":
    case "images.changed":
      return [
        ...(id === null
          ? [keys.allAnnotations, keys.allImageDetails]
          : [keys.image(String(id)), keys.annotation(String(id))]),
        ...(dataset === null
          ? [keys.allImages]
          : [
              keys.imagesOf(dataset),
              keys.dataset(dataset),
              keys.insights(dataset),
              keys.people(dataset),
              keys.versionPreview(dataset),
              keys.trash(dataset),
            ]),
        keys.datasets,
        keys.myWork,
        ...(id === null || isAboutComments(data) ? [keys.mentions] : []),
      ];
    case "dataset.changed":
      return [
        keys.datasets,
        keys.mentions,
        keys.trashedDatasets,
        keys.myWork,
        ...(dataset === null ? [] : [keys.dataset(dataset), keys.imagesOf(dataset)]),
      ];
    case "independent.changed":
      return [keys.myWork, keys.allIndependent, ...(dataset === null ? [] : [keys.agreement(dataset)])];
    case "import.changed":
      return [
        keys.import(number),
        keys.jobs,
        ...(dataset === null ? [] : [keys.imports(dataset), keys.dataset(dataset)]),
      ];
    case "version.changed":
      return [
        keys.version(number),
        keys.jobs,
        ...(dataset === null ? [] : [keys.versions(dataset), keys.versionPreview(dataset)]),
      ];
    case "run.changed":
      return [
        keys.run(number),
        keys.runs,
        keys.latestRuns,
        keys.jobs,
        keys.checkpoints,
        keys.runParts(number),
        keys.evaluations(number),
      ];
    case "search.changed":
      return [keys.search(number)];
    case "evaluation.changed":
      return [keys.evaluation(number), keys.allEvaluations, keys.jobs, keys.runs];
    case "verdict.changed":
      return [
        keys.verdict(number),
        keys.myWork,
        ...(dataset === null ? [] : [keys.verdicts(dataset), keys.versions(dataset)]),
      ];
    case "pin.changed":
      return [keys.runs, keys.allEvaluations, ...(dataset === null ? [] : [keys.pins(dataset)])];
    case "prediction.changed":
      return [keys.prediction(number), keys.predictions, keys.jobs];
    case "checkpoint.changed":
      return [keys.checkpoints];
    case "run_import.changed":
      return [keys.runImport(number), keys.jobs, ...(dataset === null ? [] : [keys.runImports(dataset)])];
    case "worker.changed":
      return [keys.workers, keys.devices, keys.exportFormats];
    default:
      return [];
  }
}

/** Every page counts mentions, and saves are many more than comments. */
function isAboutComments(data: unknown): boolean {
  return typeof data === "object" && data !== null && "open_comments" in data;
}

/** Puts what an event carries into the cache, so that pages grow without asking the server again. */
export function applyEvent(client: QueryClient, event: LiveEvent): void {
  const id = Number(event.id);
  if (event.kind === "run.epoch" && isEpoch(event.data)) {
    const epoch = event.data;
    client.setQueryData<Epoch[]>(keys.epochs(id), (known) => known && withEpoch(known, epoch));
  } else if (event.kind === "run.batch") {
    const batch = event.data as RunBatch;
    client.setQueryData<RunBatch[]>(keys.batches(id), (known) => withBatch(known ?? [], batch));
  } else if (event.kind === "run.sample" && isSample(event.data)) {
    const sample = event.data;
    client.setQueryData<Sample[]>(keys.samples(id), (known) => known && withEpoch(known, sample));
  } else if (event.kind === "run.changed" && isRun(event.data)) {
    client.setQueryData<Run>(keys.run(id), event.data);
  }
}

/** In order, the newest answer of each epoch: a resumed run repeats the one it was stopped in. */
export function withEpoch<T extends { epoch: number }>(known: readonly T[], epoch: T): T[] {
  return [...known.filter((other) => other.epoch !== epoch.epoch), epoch].sort((a, b) => a.epoch - b.epoch);
}

/** The newest batches in order; those that a resumed run trains again are forgotten. */
export function withBatch(known: readonly RunBatch[], batch: RunBatch): RunBatch[] {
  const before = known.filter(
    ({ epoch, batch: number }) => epoch < batch.epoch || (epoch === batch.epoch && number < batch.batch),
  );
  return [...before, batch].slice(-BATCHES_KEPT);
}

function isEpoch(data: unknown): data is Epoch {
  return typeof data === "object" && data !== null && "epoch" in data && "mask" in data && "train" in data;
}

function isSample(data: unknown): data is Sample {
  return typeof data === "object" && data !== null && "epoch" in data && "images" in data;
}

function isRun(data: unknown): data is Run {
  return (
    typeof data === "object" && data !== null && "parameters" in data && "state" in data && "progress" in data
  );
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
