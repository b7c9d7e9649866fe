import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { dayIn } from "@/lib/format";
import { keys } from "./keys";
import { useList } from "./paging";
import { useSession } from "./session";

const PAGE_SIZE = 60;

/** Until which day what is deleted now can be brought back, as this server is set up. */
export function useKeptUntil(): string {
  const days = useSession().data?.trash_days;
  return days === undefined ? "the day shown there" : dayIn(days);
}

export function useTrashedImages(slug: string) {
  return useList(keys.trashedImages(slug), (cursor, signal) =>
    unwrap(
      api.GET("/api/datasets/{slug}/trash/images/", {
        params: { path: { slug }, query: { cursor, page_size: PAGE_SIZE } },
        signal,
      }),
    ),
  );
}

export function useTrashedInstances(slug: string) {
  return useList(keys.trashedInstances(slug), (cursor, signal) =>
    unwrap(
      api.GET("/api/datasets/{slug}/trash/instances/", {
        params: { path: { slug }, query: { cursor, page_size: PAGE_SIZE } },
        signal,
      }),
    ),
  );
}

export function useTrashedDatasets() {
  return useList(keys.trashedDatasets, (cursor, signal) =>
    unwrap(api.GET("/api/trash/datasets/", { params: { query: { cursor } }, signal })),
  );
}

const changedIn = (slug: string) => [
  keys.trash(slug),
  keys.imagesOf(slug),
  keys.dataset(slug),
  keys.datasets,
  keys.insights(slug),
  keys.myWork,
];

export function useRestoreImages(slug: string) {
  return useChange(
    (ids: string[]) =>
      unwrap(
        api.POST("/api/datasets/{slug}/trash/images/restore/", { params: { path: { slug } }, body: { ids } }),
      ),
    changedIn(slug),
  );
}

export function usePurgeImages(slug: string) {
  return useChange(
    (ids: string[]) =>
      unwrap(
        api.POST("/api/datasets/{slug}/trash/images/purge/", { params: { path: { slug } }, body: { ids } }),
      ),
    [keys.trash(slug)],
  );
}

export function useRestoreInstances(slug: string) {
  return useChange(
    (ids: string[]) =>
      unwrap(
        api.POST("/api/datasets/{slug}/trash/instances/restore/", {
          params: { path: { slug } },
          body: { ids },
        }),
      ),
    changedIn(slug),
  );
}

export function useRestoreDataset() {
  return useChange(
    (id: number) =>
      unwrap(api.POST("/api/trash/datasets/{dataset_id}/restore/", { params: { path: { dataset_id: id } } })),
    [keys.datasets, keys.trashedDatasets, keys.runs, keys.myWork],
  );
}

export function usePurgeDataset() {
  return useChange(
    (id: number) =>
      unwrap(api.DELETE("/api/trash/datasets/{dataset_id}/", { params: { path: { dataset_id: id } } })),
    [keys.trashedDatasets],
  );
}
