import { useMutation, useQueryClient } from "@tanstack/react-query";
import { postForm } from "@/uploads/transfer";
import { useChange } from "./change";
import { $api, api } from "./client";
import { whileActive } from "./jobs";
import { invalidate, keys } from "./keys";
import { byPage, useList } from "./paging";
import type { RunImport } from "./types";

export type TrainingPlan = { base_model: string; epochs: number; image_size: number; batch: number };

export const useElsewhere = (version: number, plan: TrainingPlan) =>
  $api.useQuery(
    "get",
    "/api/versions/{version_id}/elsewhere/",
    { params: { path: { version_id: version }, query: plan } },
    { placeholderData: (previous) => previous, staleTime: 60_000 },
  );

type Upload = { version: number; file: File; onSent: (bytes: number) => void };

/** Sends a run folder (.zip) or a checkpoint (.pt) that was trained on a version. */
export function useBringBack(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ version, file, onSent }: Upload) => {
      const form = new FormData();
      form.append("file", file, file.name);
      return postForm<RunImport>(`/api/versions/${version}/run-imports/`, form, onSent);
    },
    onSettled: () => invalidate(client, keys.runImports(slug), keys.jobs),
  });
}

export const useRunImports = (slug: string) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/datasets/{slug}/run-imports/",
      { params: { path: { slug }, query: { page_size: 10 } } },
      byPage,
    ),
  );

export const useCancelRunImport = (slug: string) =>
  useChange(
    (id: number) => api.POST("/api/run-imports/{import_id}/cancel/", { params: { path: { import_id: id } } }),
    [keys.runImports(slug), keys.jobs],
  );

/** Takes an import off the list; the run that it became stays. */
export const useDeleteRunImport = (slug: string) =>
  useChange(
    (id: number) => api.DELETE("/api/run-imports/{import_id}/", { params: { path: { import_id: id } } }),
    [keys.runImports(slug)],
  );

export const useRunImport = (id: number | null) =>
  $api.useQuery(
    "get",
    "/api/run-imports/{import_id}/",
    { params: { path: { import_id: id ?? 0 } } },
    { enabled: id !== null, refetchInterval: whileActive(2_000) },
  );
