import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { type RunBatch } from "./events";
import { isActive } from "./jobs";
import { keys } from "./keys";
import { useList } from "./paging";
import type { Basis, JobState, RunRequest } from "./types";

export type RunFilters = { dataset: string; state: JobState | "all"; search: string };

export function useRuns(filters: RunFilters) {
  return useList(keys.runList(filters), (cursor, signal) =>
    unwrap(
      api.GET("/api/runs/", {
        params: {
          query: {
            dataset: filters.dataset ? [filters.dataset] : undefined,
            state: filters.state === "all" ? undefined : [filters.state],
            search: filters.search || undefined,
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

export function useRun(id: number) {
  return useQuery({
    queryKey: keys.run(id),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/", { params: { path: { run_id: id } } })),
    enabled: Number.isInteger(id),
    refetchInterval: (query) => (query.state.data && isActive(query.state.data.state) ? 15_000 : false),
  });
}

export function useEpochs(id: number) {
  return useQuery({
    queryKey: keys.epochs(id),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/epochs/", { params: { path: { run_id: id } } })),
    staleTime: 60_000,
  });
}

/** What the batch just trained looked like; filled by events only. */
export function useBatch(id: number) {
  return useQuery<RunBatch | null>({
    queryKey: keys.batch(id),
    queryFn: () => null,
    enabled: false,
    initialData: null,
  });
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

export function useCancelRun(id: number) {
  return useChange(
    () => unwrap(api.POST("/api/runs/{run_id}/cancel/", { params: { path: { run_id: id } } })),
    [keys.run(id), keys.runs, keys.jobs],
  );
}

export function useRenameRun(id: number) {
  return useChange(
    (name: string) =>
      unwrap(api.PATCH("/api/runs/{run_id}/", { params: { path: { run_id: id } }, body: { name } })),
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

export function useEvaluations(run: number) {
  return useQuery({
    queryKey: keys.evaluations(run),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/evaluations/", { params: { path: { run_id: run } } })),
    refetchInterval: (query) =>
      query.state.data?.some((evaluation) => isActive(evaluation.state)) ? 3_000 : false,
  });
}

export function useCurves(evaluation: number, enabled = true) {
  return useQuery({
    queryKey: keys.curves(evaluation),
    queryFn: () =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}/curves/", {
          params: { path: { evaluation_id: evaluation } },
        }),
      ),
    staleTime: Infinity,
    enabled,
  });
}

export type ConfusionOptions = { confidence: number; iou: number; basis: Basis };

export function useConfusion(evaluation: number, options: ConfusionOptions, enabled = true) {
  return useQuery({
    queryKey: keys.confusion(evaluation, options),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}/confusion/", {
          params: { path: { evaluation_id: evaluation }, query: options },
          signal,
        }),
      ),
    staleTime: Infinity,
    placeholderData: (previous) => previous,
    enabled,
  });
}

export const REVIEW_FILTERS = ["all", "missed", "false", "wrong_class", "low_iou"] as const;
export type ReviewFilter = (typeof REVIEW_FILTERS)[number];
export type ReviewFilters = {
  confidence: number;
  filter: ReviewFilter;
  /** A class index, -1 for every class. */
  class: number;
  ordering: "worst" | "name";
};

export function useEvaluatedImages(evaluation: number, filters: ReviewFilters, enabled = true) {
  return useList(
    keys.evaluatedImages(evaluation, filters),
    (cursor, signal) =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}/images/", {
          params: {
            path: { evaluation_id: evaluation },
            query: {
              confidence: filters.confidence,
              filter: filters.filter,
              class: filters.class < 0 ? undefined : filters.class,
              ordering: filters.ordering,
              cursor: cursor === undefined ? undefined : Number(cursor),
              page_size: 60,
            },
          },
          signal,
        }),
      ),
    { enabled },
  );
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
