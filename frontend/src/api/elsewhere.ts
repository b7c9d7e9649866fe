import { useQuery } from "@tanstack/react-query";
import { postForm } from "@/uploads/transfer";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { isActive } from "./jobs";
import { keys } from "./keys";
import { useList } from "./paging";
import type { RunImport } from "./types";

export type TrainingPlan = { base_model: string; epochs: number; image_size: number; batch: number };

export function useElsewhere(version: number, plan: TrainingPlan) {
  return useQuery({
    queryKey: keys.elsewhere(version, plan),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/versions/{version_id}/elsewhere/", {
          params: { path: { version_id: version }, query: plan },
          signal,
        }),
      ),
    placeholderData: (previous) => previous,
    staleTime: 60_000,
  });
}

/** Sends a run folder (.zip) or a checkpoint (.pt) that was trained on a version. */
export function useBringBack(slug: string) {
  return useChange(
    ({ version, file, onSent }: { version: number; file: File; onSent: (bytes: number) => void }) => {
      const form = new FormData();
      form.append("file", file, file.name);
      return postForm<RunImport>(`/api/versions/${version}/run-imports/`, form, onSent);
    },
    [keys.runImports(slug), keys.jobs],
  );
}

export function useRunImports(slug: string) {
  return useList(keys.runImports(slug), (cursor, signal) =>
    unwrap(
      api.GET("/api/datasets/{slug}/run-imports/", {
        params: { path: { slug }, query: { cursor, page_size: 10 } },
        signal,
      }),
    ),
  );
}

export function useCancelRunImport(slug: string) {
  return useChange(
    (id: number) =>
      unwrap(api.POST("/api/run-imports/{import_id}/cancel/", { params: { path: { import_id: id } } })),
    [keys.runImports(slug), keys.jobs],
  );
}

/** Takes an import off the list; the run that it became stays. */
export function useDeleteRunImport(slug: string) {
  return useChange(
    (id: number) =>
      unwrap(api.DELETE("/api/run-imports/{import_id}/", { params: { path: { import_id: id } } })),
    [keys.runImports(slug)],
  );
}

export function useRunImport(id: number | null) {
  return useQuery({
    queryKey: keys.runImport(id ?? 0),
    queryFn: () =>
      unwrap(api.GET("/api/run-imports/{import_id}/", { params: { path: { import_id: id ?? 0 } } })),
    enabled: id !== null,
    refetchInterval: (query) => (query.state.data && isActive(query.state.data.state) ? 2_000 : false),
  });
}
