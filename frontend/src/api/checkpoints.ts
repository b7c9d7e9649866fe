import { useQueries, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { isActive } from "./jobs";
import { keys } from "./keys";
import { useList } from "./paging";
import type { ExportFormat } from "./types";

export type CheckpointFilters = { dataset: string; tag: string; search: string };

export function useRegistry(filters: CheckpointFilters) {
  return useList([...keys.checkpointList(filters)], (cursor, signal) =>
    unwrap(
      api.GET("/api/checkpoints/", {
        params: {
          query: {
            dataset: filters.dataset ? [filters.dataset] : undefined,
            tag: filters.tag || undefined,
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

const oneCheckpoint = (id: number) => ({
  queryKey: keys.checkpoint(id),
  queryFn: () =>
    unwrap(api.GET("/api/checkpoints/{checkpoint_id}/", { params: { path: { checkpoint_id: id } } })),
});

export function useCheckpoint(id: number) {
  return useQuery(oneCheckpoint(id));
}

export function useCheckpointsById(ids: readonly number[]) {
  return useQueries({ queries: ids.map(oneCheckpoint) });
}

export function useTags() {
  return useQuery({
    queryKey: keys.checkpointTags,
    queryFn: () => unwrap(api.GET("/api/checkpoints/tags/")),
  });
}

export function useUpdateCheckpoint(id: number) {
  return useChange(
    (body: { tags?: string[]; notes?: string }) =>
      unwrap(
        api.PATCH("/api/checkpoints/{checkpoint_id}/", { params: { path: { checkpoint_id: id } }, body }),
      ),
    [keys.checkpoints],
  );
}

export function useDependants(id: number, enabled: boolean) {
  return useQuery({
    queryKey: keys.dependants(id),
    queryFn: () =>
      unwrap(
        api.GET("/api/checkpoints/{checkpoint_id}/dependants/", { params: { path: { checkpoint_id: id } } }),
      ),
    enabled,
    staleTime: 0,
  });
}

export function useDeleteCheckpoint(id: number) {
  return useChange(
    () =>
      unwrap(api.DELETE("/api/checkpoints/{checkpoint_id}/", { params: { path: { checkpoint_id: id } } })),
    [keys.checkpoints, keys.runs, keys.allEvaluations],
  );
}

export function useExportFormats() {
  return useQuery({
    queryKey: keys.exportFormats,
    queryFn: () => unwrap(api.GET("/api/export-formats/")),
    staleTime: 30_000,
  });
}

export function useExports(checkpoint: number) {
  return useQuery({
    queryKey: keys.exports(checkpoint),
    queryFn: () =>
      unwrap(
        api.GET("/api/checkpoints/{checkpoint_id}/exports/", {
          params: { path: { checkpoint_id: checkpoint } },
        }),
      ),
    refetchInterval: (query) => (query.state.data?.some(({ state }) => isActive(state)) ? 2_000 : false),
  });
}

export function useStartExport(checkpoint: number) {
  return useChange(
    (body: { format: ExportFormat; image_size?: number }) =>
      unwrap(
        api.POST("/api/checkpoints/{checkpoint_id}/exports/", {
          params: { path: { checkpoint_id: checkpoint } },
          body,
        }),
      ),
    [keys.exports(checkpoint), keys.jobs],
  );
}

export function useDeleteExport(checkpoint: number) {
  return useChange(
    (id: number) => unwrap(api.DELETE("/api/exports/{export_id}/", { params: { path: { export_id: id } } })),
    [keys.exports(checkpoint)],
  );
}
