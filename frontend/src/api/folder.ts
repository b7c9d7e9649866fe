import { useChange } from "./change";
import { $api, api } from "./client";
import { isActive } from "./jobs";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { FolderSettle, FolderUpdate, LiveFolder } from "./types";

export type ChangeFilters = {
  state: "waiting" | "settled";
  subject?: "image" | "label";
  kind?: "added" | "changed" | "moved" | "removed" | "strange";
};

const inDataset = (slug: string) => ({ params: { path: { slug } } });

/** How the live folder is looked after, and how many changes of other programs wait. */
export const useLiveFolder = (slug: string) =>
  $api.useQuery("get", "/api/datasets/{slug}/folder/", inDataset(slug), {
    enabled: slug !== "",
    refetchInterval: ({ state }) => isAtWork(state.data) && 2_000,
  });

export function isAtWork(folder: LiveFolder | undefined): boolean {
  return folder?.job ? isActive(folder.job.state) : false;
}

export function useFolderChanges(slug: string, filters: ChangeFilters) {
  const params = { path: { slug }, query: { ...filters, page_size: 60 } };
  return useList($api.useInfiniteQuery("get", "/api/datasets/{slug}/folder/changes/", { params }, byPage));
}

export const useUpdateFolder = (slug: string) =>
  useChange(
    (body: FolderUpdate) => api.PATCH("/api/datasets/{slug}/folder/", { ...inDataset(slug), body }),
    [keys.folder(slug)],
  );

export const useLookAtFolder = (slug: string) =>
  useChange(() => api.POST("/api/datasets/{slug}/folder/look/", inDataset(slug)), [keys.folder(slug)]);

export const useSettle = (slug: string) =>
  useChange(
    (body: FolderSettle) => api.POST("/api/datasets/{slug}/folder/settle/", { ...inDataset(slug), body }),
    [keys.folder(slug)],
  );

export const useCancelFolderJob = (slug: string) =>
  useChange(
    (folder_job_id: number) =>
      api.POST("/api/folder-jobs/{folder_job_id}/cancel/", { params: { path: { folder_job_id } } }),
    [keys.folder(slug)],
  );
