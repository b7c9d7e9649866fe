import { useQueries, useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { $api, api } from "./client";
import { isActive } from "./jobs";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { Export, ExportFormat, Split } from "./types";

type CheckpointFilters = { dataset?: string; run?: number; tag?: string; search?: string };

export function useCheckpoints({ dataset, run, tag, search }: CheckpointFilters = {}, pageSize = 100) {
  const query = {
    dataset: dataset ? [dataset] : undefined,
    run,
    tag: tag || undefined,
    search: search || undefined,
    page_size: pageSize,
  };
  return useList($api.useInfiniteQuery("get", "/api/checkpoints/", { params: { query } }, byPage));
}

const checkpointQuery = (id: number) =>
  $api.queryOptions("get", "/api/checkpoints/{checkpoint_id}/", { params: { path: { checkpoint_id: id } } });

export const useCheckpoint = (id: number) => useQuery(checkpointQuery(id));

export const useCheckpointsById = (ids: readonly number[]) =>
  useQueries({ queries: ids.map(checkpointQuery) });

export const useTags = () => $api.useQuery("get", "/api/checkpoints/tags/");

export const useUpdateCheckpoint = (id: number) =>
  useChange(
    (body: { tags?: string[]; notes?: string }) =>
      api.PATCH("/api/checkpoints/{checkpoint_id}/", { params: { path: { checkpoint_id: id } }, body }),
    [keys.checkpoints],
  );

export const useDependants = (id: number, enabled: boolean) =>
  $api.useQuery(
    "get",
    "/api/checkpoints/{checkpoint_id}/dependants/",
    { params: { path: { checkpoint_id: id } } },
    { enabled, staleTime: 0 },
  );

export const useDeleteCheckpoint = (id: number) =>
  useChange(
    () => api.DELETE("/api/checkpoints/{checkpoint_id}/", { params: { path: { checkpoint_id: id } } }),
    [keys.checkpoints, keys.runs, keys.allEvaluations],
  );

/** Whether an export is being made or measured. */
export const isAtWork = ({ state, measuring }: Export): boolean =>
  isActive(state) || (measuring !== null && isActive(measuring.state));

/** Every format of a checkpoint with its exports, their certificates, and which to take. */
export const useFormatTable = (checkpoint: number) =>
  $api.useQuery(
    "get",
    "/api/checkpoints/{checkpoint_id}/formats/",
    { params: { path: { checkpoint_id: checkpoint } } },
    {
      refetchInterval: ({ state }) =>
        state.data?.rows.some((row) => row.exports.some(isAtWork)) ? 2_000 : false,
    },
  );

export const useStartAllExports = (checkpoint: number) =>
  useChange(
    () =>
      api.POST("/api/checkpoints/{checkpoint_id}/exports/all/", {
        params: { path: { checkpoint_id: checkpoint } },
      }),
    [keys.exports(checkpoint), keys.jobs],
  );

/** Measures an export against its checkpoint, on val of the run's own version unless told otherwise. */
export const useCertify = (checkpoint: number) =>
  useChange(
    ({ id, ...body }: { id: number; split?: Split }) =>
      api.POST("/api/exports/{export_id}/certificate/", { params: { path: { export_id: id } }, body }),
    [keys.exports(checkpoint), keys.jobs],
  );

export const useStartExport = (checkpoint: number) =>
  useChange(
    (body: { format: ExportFormat; image_size?: number }) =>
      api.POST("/api/checkpoints/{checkpoint_id}/exports/", {
        params: { path: { checkpoint_id: checkpoint } },
        body,
      }),
    [keys.exports(checkpoint), keys.jobs],
  );

export const useDeleteExport = (checkpoint: number) =>
  useChange(
    (id: number) => api.DELETE("/api/exports/{export_id}/", { params: { path: { export_id: id } } }),
    [keys.exports(checkpoint)],
  );
