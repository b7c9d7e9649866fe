import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { type RunBatch } from "./events";
import { isActive } from "./jobs";
import { keys } from "./keys";
import { useList } from "./paging";
import type {
  JobState,
  Priority,
  RunGroupRequest,
  RunRequest,
  Sample,
  StopMode,
  TrainArgument,
} from "./types";

export type RunFilters = {
  dataset: string;
  state: JobState | "all";
  search: string;
  /** 0: of any group or none. */
  group?: number;
};

export function useRuns(filters: RunFilters) {
  return useList(keys.runList(filters), (cursor, signal) =>
    unwrap(
      api.GET("/api/runs/", {
        params: {
          query: {
            dataset: filters.dataset ? [filters.dataset] : undefined,
            state: filters.state === "all" ? undefined : [filters.state],
            search: filters.search || undefined,
            group: filters.group || undefined,
            cursor,
            page_size: 50,
          },
        },
        signal,
      }),
    ),
  );
}

/** The newest run of each of these datasets. */
export function useLatestRuns(slugs: readonly string[]) {
  return useQuery({
    queryKey: [...keys.latestRuns, slugs],
    queryFn: () => unwrap(api.GET("/api/runs/latest/", { params: { query: { dataset: [...slugs] } } })),
    enabled: slugs.length > 0,
    placeholderData: (previous) => previous,
  });
}

const runQuery = (id: number) =>
  queryOptions({
    queryKey: keys.run(id),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/", { params: { path: { run_id: id } } })),
    enabled: Number.isInteger(id),
    refetchInterval: (query) => (query.state.data && isActive(query.state.data.state) ? 15_000 : false),
  });

export const epochsQuery = (id: number) =>
  queryOptions({
    queryKey: keys.epochs(id),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/epochs/", { params: { path: { run_id: id } } })),
    staleTime: 60_000,
  });

export function useRun(id: number) {
  return useQuery(runQuery(id));
}

export function useEpochs(id: number) {
  return useQuery(epochsQuery(id));
}

/** Several runs with their epochs and checkpoints, in the order of `ids`. */
export function useComparedRuns(ids: readonly number[]) {
  const runs = useQueries({ queries: ids.map(runQuery) });
  const epochs = useQueries({ queries: ids.map(epochsQuery) });
  const checkpoints = useQueries({
    queries: ids.map((id) =>
      queryOptions({
        queryKey: [...keys.checkpoints, "of-run", id],
        queryFn: () => unwrap(api.GET("/api/checkpoints/", { params: { query: { run: id } } })),
      }),
    ),
  });
  return { runs, epochs, checkpoints };
}

/** The batches trained just now, the newest last; filled by events only. */
export function useBatches(id: number) {
  return useQuery<RunBatch[]>({
    queryKey: keys.batches(id),
    queryFn: () => [],
    enabled: false,
    initialData: [],
  });
}

/** What was predicted on the same few val images as the run learned; grows by events. */
export function useSamples(id: number) {
  return useQuery<Sample[]>({
    queryKey: keys.samples(id),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/samples/", { params: { path: { run_id: id } } })),
    staleTime: 60_000,
  });
}

/** The run's arguments as a file for plain Ultralytics. */
export function useYoloYaml(id: number) {
  return useQuery({
    queryKey: keys.yoloYaml(id),
    queryFn: () =>
      unwrap(api.GET("/api/runs/{run_id}/yolo.yaml", { params: { path: { run_id: id } }, parseAs: "text" })),
  });
}

/** The runs that wait, in the order in which they are taken up, and why they wait. */
export function useRunQueue(enabled = true) {
  return useQuery({
    queryKey: keys.queue,
    queryFn: () => unwrap(api.GET("/api/runs/queue/")),
    enabled,
    // Reasons change with workers and disks, of which runs send no event.
    refetchInterval: (query) => (query.state.data?.length ? 5_000 : false),
  });
}

export function useRunGroup(id: number) {
  return useQuery({
    queryKey: keys.runGroup(id),
    queryFn: () => unwrap(api.GET("/api/run-groups/{group_id}/", { params: { path: { group_id: id } } })),
    enabled: id > 0,
  });
}

export function usePresets() {
  return useQuery({
    queryKey: keys.presets,
    queryFn: () => unwrap(api.GET("/api/training/presets/")),
    staleTime: Infinity,
  });
}

/** Ultralytics' train arguments as the engine in use knows them. */
export function useTrainArguments() {
  return useQuery({
    queryKey: keys.trainArguments,
    queryFn: async () => {
      const told = await unwrap(api.GET("/api/training/arguments/"));
      return { ...told, arguments: told.arguments as TrainArgument[] };
    },
    staleTime: 300_000,
  });
}

/** What to post to start the run `id` again; null asks for none. */
export function useRunRequest(id: number | null) {
  return useQuery({
    queryKey: keys.runRequest(id ?? 0),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/request/", { params: { path: { run_id: id ?? 0 } } })),
    enabled: id !== null,
    staleTime: Infinity,
  });
}

export function useRunCheck(id: number | null) {
  return useQuery({
    queryKey: keys.runCheck(id ?? 0),
    queryFn: () =>
      unwrap(api.GET("/api/run-checks/{check_id}/", { params: { path: { check_id: id ?? 0 } } })),
    enabled: id !== null,
    refetchInterval: (query) => (query.state.data && isActive(query.state.data.state) ? 700 : false),
  });
}

export function useStartCheck() {
  return useChange(
    ({ dataset, ...body }: RunRequest) =>
      unwrap(api.POST("/api/datasets/{slug}/runs/check/", { params: { path: { slug: dataset } }, body })),
    [keys.jobs],
  );
}

export function useRunLog(id: number, running: boolean) {
  return useQuery({
    queryKey: keys.log(id),
    queryFn: () =>
      unwrap(api.GET("/api/runs/{run_id}/log/", { params: { path: { run_id: id }, query: { tail: 400 } } })),
    refetchInterval: running ? 2_500 : false,
  });
}

export function useRunFiles(id: number) {
  return useQuery({
    queryKey: keys.files(id),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/files/", { params: { path: { run_id: id } } })),
  });
}

export function useStartRun() {
  return useChange((body: RunRequest) => unwrap(api.POST("/api/runs/", { body })), [keys.runs, keys.jobs]);
}

export function useStartRuns() {
  return useChange(
    (body: RunGroupRequest) => unwrap(api.POST("/api/run-groups/", { body })),
    [keys.runs, keys.jobs],
  );
}

export function useCancelRun(id: number) {
  return useChange(
    (mode: StopMode) =>
      unwrap(api.POST("/api/runs/{run_id}/cancel/", { params: { path: { run_id: id } }, body: { mode } })),
    [keys.run(id), keys.runs, keys.jobs],
  );
}

export function useResumeRun(id: number) {
  return useChange(
    () => unwrap(api.POST("/api/runs/{run_id}/resume/", { params: { path: { run_id: id } } })),
    [keys.run(id), keys.runs, keys.jobs],
  );
}

export function useUpdateRun(id: number) {
  return useChange(
    (body: { name?: string; priority?: Priority }) =>
      unwrap(api.PATCH("/api/runs/{run_id}/", { params: { path: { run_id: id } }, body })),
    [keys.run(id), keys.runs],
  );
}

export function useDeleteRun(id: number) {
  return useChange(
    () => unwrap(api.DELETE("/api/runs/{run_id}/", { params: { path: { run_id: id } } })),
    [keys.runs, keys.checkpoints, keys.latestRuns],
  );
}

export function useBaseModels() {
  return useQuery({
    queryKey: keys.baseModels,
    queryFn: () => unwrap(api.GET("/api/base-models/")),
    staleTime: 60_000,
  });
}

export function useDevices() {
  return useQuery({
    queryKey: keys.devices,
    queryFn: () => unwrap(api.GET("/api/devices/")),
    refetchInterval: (query) => (query.state.data?.worker_online ? false : 5_000),
  });
}

/** One image of an evaluation with its labels and predictions. */
export function useEvaluatedImage(evaluation: number, key: string, confidence: number, enabled = true) {
  return useQuery({
    queryKey: keys.evaluatedImage(evaluation, key, confidence),
    queryFn: () =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}/images/{key}/", {
          params: { path: { evaluation_id: evaluation, key }, query: { confidence } },
        }),
      ),
    enabled,
    staleTime: Infinity,
  });
}

export function useCheckpoints(filters: { dataset?: string; run?: number } = {}) {
  return useList([...keys.checkpointList(filters)], (cursor, signal) =>
    unwrap(
      api.GET("/api/checkpoints/", {
        params: {
          query: {
            dataset: filters.dataset ? [filters.dataset] : undefined,
            run: filters.run,
            cursor,
            page_size: 100,
          },
        },
        signal,
      }),
    ),
  );
}
