import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { ImportOptions, ImportOutcome, JobState } from "./types";

export function isActive(state: JobState): boolean {
  return state === "queued" || state === "running" || state === "cancelling";
}

type Job = { state: JobState };
type Polled = { state: { data?: Job | readonly Job[] | undefined } };

/** Events say when a job moves; asking again while it does is the safety net for those that get lost. */
export const whileActive =
  (everyMs: number) =>
  ({ state: { data = [] } }: Polled): number | false =>
    [data].flat().some(({ state }) => isActive(state)) && everyMs;

export const useJobs = () => $api.useQuery("get", "/api/jobs/", {}, { refetchInterval: whileActive(3_000) });

/** My uploads that are not whole, from any window and any computer. */
export const useUnfinishedUploads = () =>
  $api.useQuery(
    "get",
    "/api/uploads/",
    {},
    { refetchInterval: ({ state }) => state.data?.results.some((upload) => upload.is_being_sent) && 5_000 },
  );

export const useImports = (slug: string) =>
  useList(
    $api.useInfiniteQuery("get", "/api/datasets/{slug}/imports/", { params: { path: { slug } } }, byPage),
  );

export const useImport = (id: number) =>
  $api.useQuery(
    "get",
    "/api/imports/{import_id}/",
    { params: { path: { import_id: id } } },
    { refetchInterval: whileActive(2_000) },
  );

export const useCancelImport = (id: number) =>
  useChange(
    () => api.POST("/api/imports/{import_id}/cancel/", { params: { path: { import_id: id } } }),
    [keys.import(id), keys.jobs],
  );

/** What a dry run found; `enabled` once it has ended. */
export const useImportPreview = (id: number, enabled: boolean) =>
  $api.useQuery(
    "get",
    "/api/imports/{import_id}/preview/",
    { params: { path: { import_id: id } } },
    { enabled },
  );

/** Takes in what a dry run looked at, as a person chose. */
export const useBeginImport = (id: number) =>
  useChange(
    (body: ImportOptions) =>
      api.POST("/api/imports/{import_id}/begin/", { params: { path: { import_id: id } }, body }),
    [keys.import(id), keys.jobs],
  );

/** Makes the dry run once more, as another format. */
export const useLookAgain = (id: number) =>
  useChange(
    (body: ImportOptions) =>
      api.POST("/api/imports/{import_id}/look-again/", { params: { path: { import_id: id } }, body }),
    [keys.import(id), keys.jobs],
  );

export const useResumeImport = (id: number) =>
  useChange(
    () => api.POST("/api/imports/{import_id}/resume/", { params: { path: { import_id: id } } }),
    [keys.import(id), keys.jobs],
  );

export const useUndoImport = (id: number) =>
  useChange(
    () => api.POST("/api/imports/{import_id}/undo/", { params: { path: { import_id: id } } }),
    [keys.import(id), keys.jobs],
  );

export function useImportReport(id: number, outcome: ImportOutcome | "all") {
  const query = { outcome: outcome === "all" ? undefined : outcome, page_size: 100 };
  const params = { path: { import_id: id }, query };
  return useList($api.useInfiniteQuery("get", "/api/imports/{import_id}/report/", { params }, byPage));
}

export const useVersions = (slug: string, enabled = true) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/datasets/{slug}/versions/",
      { params: { path: { slug } } },
      { ...byPage, enabled: enabled && slug !== "" },
    ),
  );

export const useVersionPreview = (slug: string, enabled = true, onlyAccepted = false) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/versions/preview/",
    { params: { path: { slug }, query: { only_accepted: onlyAccepted } } },
    { enabled: enabled && slug !== "" },
  );

export const useFreezeVersion = (slug: string) =>
  useChange(
    (body: { name: string; notes: string; only_accepted: boolean }) =>
      api.POST("/api/datasets/{slug}/versions/", { params: { path: { slug } }, body }),
    [keys.versions(slug), keys.versionPreview(slug), keys.jobs],
  );

export const useDeleteVersion = (slug: string) =>
  useChange(
    ({ id, withEvaluations }: { id: number; withEvaluations: boolean }) =>
      api.DELETE("/api/versions/{version_id}/", {
        params: { path: { version_id: id }, query: { with_evaluations: withEvaluations } },
      }),
    [keys.versions(slug), keys.versionPreview(slug)],
  );

export const useMyWork = () => $api.useQuery("get", "/api/my-work/");
