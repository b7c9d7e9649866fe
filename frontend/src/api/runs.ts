import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { $api, api } from "./client";
import { whileActive } from "./jobs";
import type { LiveEvent } from "./live";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { JobState, Priority, RunGroupRequest, RunRequest, StopMode, TrainArgument } from "./types";

type RunFilters = {
  dataset: string;
  state: JobState | "all";
  search: string;
  /** 0: of any group or none. */
  group?: number;
};

export function useRuns({ dataset, state, search, group }: RunFilters) {
  const query = {
    dataset: dataset ? [dataset] : undefined,
    state: state === "all" ? undefined : [state],
    search: search || undefined,
    group: group || undefined,
    page_size: 50,
  };
  return useList($api.useInfiniteQuery("get", "/api/runs/", { params: { query } }, byPage));
}

/** The newest run of each of these datasets. */
export function useLatestRuns(slugs: readonly string[]) {
  return $api.useQuery(
    "get",
    "/api/runs/latest/",
    { params: { query: { dataset: [...slugs] } } },
    { enabled: slugs.length > 0, placeholderData: (previous) => previous },
  );
}

const runQuery = (id: number) =>
  queryOptions(
    $api.queryOptions(
      "get",
      "/api/runs/{run_id}/",
      { params: { path: { run_id: id } } },
      { enabled: Number.isInteger(id), refetchInterval: whileActive(15_000) },
    ),
  );

export const epochsQuery = (id: number) =>
  queryOptions(
    $api.queryOptions(
      "get",
      "/api/runs/{run_id}/epochs/",
      { params: { path: { run_id: id } } },
      { staleTime: 60_000 },
    ),
  );

export const useRun = (id: number) => useQuery(runQuery(id));

export const useEpochs = (id: number) => useQuery(epochsQuery(id));

/** Several runs with their epochs and checkpoints, in the order of `ids`. */
export function useComparedRuns(ids: readonly number[]) {
  const runs = useQueries({ queries: ids.map(runQuery) });
  const epochs = useQueries({ queries: ids.map(epochsQuery) });
  const checkpoints = useQueries({
    queries: ids.map((run) => $api.queryOptions("get", "/api/checkpoints/", { params: { query: { run } } })),
  });
  return { runs, epochs, checkpoints };
}

export type RunBatch = Extract<LiveEvent, { kind: "run.batch" }>["data"];

export const batchesKey = (id: number) => ["run-batches", id];

/** The batches trained just now, the newest last; filled by events only. */
export function useBatches(id: number) {
  return useQuery<RunBatch[]>({
    queryKey: batchesKey(id),
    queryFn: () => [],
    enabled: false,
    initialData: [],
  });
}

/** What was predicted on the same few val images as the run learned; grows by events. */
export const useSamples = (id: number) =>
  $api.useQuery(
    "get",
    "/api/runs/{run_id}/samples/",
    { params: { path: { run_id: id } } },
    { staleTime: 60_000 },
  );

/** The run's arguments as a file for plain Ultralytics. */
export const useYoloYaml = (id: number) =>
  $api.useQuery("get", "/api/runs/{run_id}/yolo.yaml", {
    params: { path: { run_id: id } },
    parseAs: "text",
  });

/** The runs that wait, in the order in which they are taken up, and why they wait. */
export const useRunQueue = (enabled = true) =>
  $api.useQuery(
    "get",
    "/api/runs/queue/",
    {},
    // Reasons change with workers and disks, of which runs send no event.
    { enabled, refetchInterval: ({ state }) => (state.data?.length ? 5_000 : false) },
  );

export const useRunGroup = (id: number) =>
  $api.useQuery(
    "get",
    "/api/run-groups/{group_id}/",
    { params: { path: { group_id: id } } },
    { enabled: id > 0 },
  );

export const usePresets = () => $api.useQuery("get", "/api/training/presets/", {}, { staleTime: Infinity });

/** Ultralytics' train arguments as the engine in use knows them. */
export const useTrainArguments = () =>
  $api.useQuery(
    "get",
    "/api/training/arguments/",
    {},
    {
      staleTime: 300_000,
      select: (told) => ({ ...told, arguments: told.arguments as TrainArgument[] }),
    },
  );

/** What to post to start the run `id` again; null asks for none. */
export const useRunRequest = (id: number | null) =>
  $api.useQuery(
    "get",
    "/api/runs/{run_id}/request/",
    { params: { path: { run_id: id ?? 0 } } },
    { enabled: id !== null, staleTime: Infinity },
  );

export const useRunCheck = (id: number | null) =>
  $api.useQuery(
    "get",
    "/api/run-checks/{check_id}/",
    { params: { path: { check_id: id ?? 0 } } },
    { enabled: id !== null, refetchInterval: whileActive(700) },
  );

export const useStartCheck = () =>
  useChange(
    ({ dataset, ...body }: RunRequest) =>
      api.POST("/api/datasets/{slug}/runs/check/", { params: { path: { slug: dataset } }, body }),
    [keys.jobs],
  );

export const useBatchPreview = (id: number | null) =>
  $api.useQuery(
    "get",
    "/api/batch-previews/{preview_id}/",
    { params: { path: { preview_id: id ?? 0 } } },
    { enabled: id !== null, refetchInterval: whileActive(1_000) },
  );

export const useAskBatches = () =>
  useChange(
    ({ dataset, ...body }: RunRequest) =>
      api.POST("/api/datasets/{slug}/runs/batches/", { params: { path: { slug: dataset } }, body }),
    [],
  );

export const useRunLog = (id: number, running: boolean) =>
  $api.useQuery(
    "get",
    "/api/runs/{run_id}/log/",
    { params: { path: { run_id: id }, query: { tail: 400 } } },
    { refetchInterval: running ? 2_500 : false },
  );

export const useRunFiles = (id: number) =>
  $api.useQuery("get", "/api/runs/{run_id}/files/", { params: { path: { run_id: id } } });

export const useStartRun = () =>
  useChange((body: RunRequest) => api.POST("/api/runs/", { body }), [keys.runs, keys.jobs]);

export const useStartRuns = () =>
  useChange((body: RunGroupRequest) => api.POST("/api/run-groups/", { body }), [keys.runs, keys.jobs]);

export const useCancelRun = (id: number) =>
  useChange(
    (mode: StopMode) =>
      api.POST("/api/runs/{run_id}/cancel/", { params: { path: { run_id: id } }, body: { mode } }),
    [keys.run(id), keys.runs, keys.jobs],
  );

export const useResumeRun = (id: number) =>
  useChange(
    () => api.POST("/api/runs/{run_id}/resume/", { params: { path: { run_id: id } } }),
    [keys.run(id), keys.runs, keys.jobs],
  );

export const useUpdateRun = (id: number) =>
  useChange(
    (body: { name?: string; priority?: Priority }) =>
      api.PATCH("/api/runs/{run_id}/", { params: { path: { run_id: id } }, body }),
    [keys.run(id), keys.runs],
  );

export const useDeleteRun = (id: number) =>
  useChange(
    () => api.DELETE("/api/runs/{run_id}/", { params: { path: { run_id: id } } }),
    [keys.runs, keys.checkpoints, keys.latestRuns],
  );

export const useBaseModels = () => $api.useQuery("get", "/api/base-models/", {}, { staleTime: 60_000 });

export const useDevices = () =>
  $api.useQuery(
    "get",
    "/api/devices/",
    {},
    { refetchInterval: ({ state }) => (state.data?.worker_online ? false : 5_000) },
  );
