import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { LiveConnection, type LiveEvent, type LiveState } from "./live";
import { keys } from "./keys";
import { batchesKey, epochsQuery, type RunBatch, runQuery, samplesQuery } from "./runs";
import type { Epoch, Run, Sample } from "./types";

/** How many batches a page looks back on: two minutes at five events a second. */
const BATCHES_KEPT = 600;

/** Which cached answers an event makes stale. */
export function staleKeys({ kind, dataset, id, data }: LiveEvent): QueryKey[] {
  const number = Number(id);
  /** What is said of the dataset of the event, if it has one. */
  const inDataset = (...parts: ((slug: string) => QueryKey[])[]): QueryKey[] =>
    dataset === null ? [] : parts.flatMap((part) => part(dataset));
  switch (kind) {
    case "image.changed":
    case "images.changed": {
      const image = id === null ? undefined : String(id);
      return [
        ...keys.annotation(image),
        ...keys.image(image),
        ...keys.imagesOf(dataset ?? undefined),
        ...inDataset(keys.dataset, keys.insights, keys.people, keys.versionPreview, keys.trash),
        ...keys.datasets,
        ...keys.myWork,
        ...(id === null || isAboutComments(data) ? keys.mentions : []),
      ];
    }
    case "dataset.changed":
      return [
        ...keys.datasets,
        ...keys.mentions,
        ...keys.trashedDatasets,
        ...keys.myWork,
        ...inDataset(keys.dataset, keys.imagesOf),
      ];
    case "independent.changed":
      return [...keys.myWork, ...keys.independent, ...inDataset(keys.agreement)];
    case "import.changed":
      return [...keys.import(number), ...keys.jobs, ...inDataset(keys.imports, keys.dataset)];
    case "version.changed":
      return [...keys.version(number), ...keys.jobs, ...inDataset(keys.versions, keys.versionPreview)];
    case "run.changed":
      return [
        ...keys.run(number),
        ...keys.runs,
        ...keys.latestRuns,
        ...keys.jobs,
        ...keys.checkpoints,
        ...keys.runParts(number),
        ...keys.evaluations(number),
      ];
    case "search.changed":
      return keys.search(number);
    case "evaluation.changed":
      return [...keys.evaluation(number), ...keys.allEvaluations, ...keys.jobs, ...keys.runs];
    case "verdict.changed":
      return [...keys.verdict(number), ...keys.myWork, ...inDataset(keys.verdicts, keys.versions)];
    case "pin.changed":
      return [...keys.runs, ...keys.allEvaluations, ...keys.pins];
    case "prediction.changed":
      return [...keys.prediction(number), ...keys.predictions, ...keys.jobs];
    case "checkpoint.changed":
      return [...keys.checkpoints];
    case "run_import.changed":
      return [...keys.runImport(number), ...keys.jobs, ...inDataset(keys.runImports)];
    case "worker.changed":
      return [...keys.workers, ...keys.devices, ...keys.exportFormats];
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
    client.setQueryData(epochsQuery(id).queryKey, (known) => known && withEpoch(known, epoch));
  } else if (event.kind === "run.batch") {
    const batch = event.data as RunBatch;
    client.setQueryData<RunBatch[]>(batchesKey(id), (known) => withBatch(known ?? [], batch));
  } else if (event.kind === "run.sample" && isSample(event.data)) {
    const sample = event.data;
    client.setQueryData(samplesQuery(id).queryKey, (known) => known && withEpoch(known, sample));
  } else if (event.kind === "run.changed" && isRun(event.data)) {
    client.setQueryData(runQuery(id).queryKey, event.data);
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
