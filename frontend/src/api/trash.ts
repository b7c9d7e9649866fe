import { dayIn } from "@/lib/format";
import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import { useSession } from "./session";

/** Until which day what is deleted now can be brought back, as this server is set up. */
export function useKeptUntil(): string {
  const days = useSession().data?.trash_days;
  return days === undefined ? "the day shown there" : dayIn(days);
}

const inDataset = (slug: string) => ({ params: { path: { slug }, query: { page_size: 60 } } });

export const useTrashedImages = (slug: string) =>
  useList($api.useInfiniteQuery("get", "/api/datasets/{slug}/trash/images/", inDataset(slug), byPage));

export const useTrashedInstances = (slug: string) =>
  useList($api.useInfiniteQuery("get", "/api/datasets/{slug}/trash/instances/", inDataset(slug), byPage));

export const useTrashedDatasets = () =>
  useList($api.useInfiniteQuery("get", "/api/trash/datasets/", {}, byPage));

const changedIn = (slug: string) => [
  keys.trash(slug),
  keys.imagesOf(slug),
  keys.dataset(slug),
  keys.datasets,
  keys.insights(slug),
  keys.myWork,
];

export const useRestoreImages = (slug: string) =>
  useChange(
    (ids: string[]) =>
      api.POST("/api/datasets/{slug}/trash/images/restore/", { params: { path: { slug } }, body: { ids } }),
    changedIn(slug),
  );

export const usePurgeImages = (slug: string) =>
  useChange(
    (ids: string[]) =>
      api.POST("/api/datasets/{slug}/trash/images/purge/", { params: { path: { slug } }, body: { ids } }),
    [keys.trash(slug)],
  );

export const useRestoreInstances = (slug: string) =>
  useChange(
    (ids: string[]) =>
      api.POST("/api/datasets/{slug}/trash/instances/restore/", {
        params: { path: { slug } },
        body: { ids },
      }),
    changedIn(slug),
  );

export const useRestoreDataset = () =>
  useChange(
    (id: number) =>
      api.POST("/api/trash/datasets/{dataset_id}/restore/", { params: { path: { dataset_id: id } } }),
    [keys.datasets, keys.trashedDatasets, keys.runs, keys.myWork],
  );

export const usePurgeDataset = () =>
  useChange(
    (id: number) => api.DELETE("/api/trash/datasets/{dataset_id}/", { params: { path: { dataset_id: id } } }),
    [keys.trashedDatasets],
  );
