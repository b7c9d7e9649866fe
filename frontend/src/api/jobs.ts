import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { keys } from "./keys";
import { useList } from "./paging";
import type { ImportOutcome, JobState } from "./types";

export function isActive(state: JobState): boolean {
  return state === "queued" || state === "running" || state === "cancelling";
}

export function useJobs() {
  return useQuery({
    queryKey: keys.jobs,
    queryFn: () => unwrap(api.GET("/api/jobs/")),
    // Progress arrives with the events; this look is the safety net for what they do not cover.
    refetchInterval: (query) => (query.state.data?.some((job) => isActive(job.state)) ? 3_000 : false),
  });
}

export function useImports(slug: string) {
  return useList(keys.imports(slug), (cursor, signal) =>
    unwrap(
      api.GET("/api/datasets/{slug}/imports/", { params: { path: { slug }, query: { cursor } }, signal }),
    ),
  );
}

export function useImport(id: number) {
  return useQuery({
    queryKey: keys.import(id),
    queryFn: () => unwrap(api.GET("/api/imports/{import_id}/", { params: { path: { import_id: id } } })),
    refetchInterval: (query) => (query.state.data && isActive(query.state.data.state) ? 2_000 : false),
  });
}

export function useCancelImport(id: number) {
  return useChange(
    () => unwrap(api.POST("/api/imports/{import_id}/cancel/", { params: { path: { import_id: id } } })),
    [keys.import(id), keys.jobs],
  );
}

export function useImportReport(id: number, outcome: ImportOutcome | "all") {
  return useList(keys.importReport(id, outcome), (cursor, signal) =>
    unwrap(
      api.GET("/api/imports/{import_id}/report/", {
        params: {
          path: { import_id: id },
          query: { outcome: outcome === "all" ? undefined : outcome, cursor, page_size: 100 },
        },
        signal,
      }),
    ),
  );
}

export function useVersions(slug: string, enabled = true) {
  return useList(
    keys.versions(slug),
    (cursor, signal) =>
      unwrap(
        api.GET("/api/datasets/{slug}/versions/", { params: { path: { slug }, query: { cursor } }, signal }),
      ),
    { enabled: enabled && slug !== "" },
  );
}

export function useVersionPreview(slug: string, enabled = true, onlyAccepted = false) {
  return useQuery({
    queryKey: [...keys.versionPreview(slug), { onlyAccepted }],
    queryFn: () =>
      unwrap(
        api.GET("/api/datasets/{slug}/versions/preview/", {
          params: { path: { slug }, query: { only_accepted: onlyAccepted } },
        }),
      ),
    enabled: enabled && slug !== "",
  });
}

export function useFreezeVersion(slug: string) {
  return useChange(
    (body: { notes: string; only_accepted: boolean }) =>
      unwrap(api.POST("/api/datasets/{slug}/versions/", { params: { path: { slug } }, body })),
    [keys.versions(slug), keys.versionPreview(slug), keys.jobs],
  );
}

export function useDeleteVersion(slug: string) {
  return useChange(
    (id: number) =>
      unwrap(api.DELETE("/api/versions/{version_id}/", { params: { path: { version_id: id } } })),
    [keys.versions(slug), keys.versionPreview(slug)],
  );
}

export function useMyWork() {
  return useQuery({ queryKey: keys.myWork, queryFn: () => unwrap(api.GET("/api/my-work/")) });
}
