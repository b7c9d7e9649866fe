import { useChange } from "./change";
import { $api, api } from "./client";
import { whileActive } from "./jobs";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { SplitOff, SplitOptions } from "./types";

export const useBulkChangeJob = (id: number) =>
  $api.useQuery(
    "get",
    "/api/changes/{change_id}/",
    { params: { path: { change_id: id } } },
    { refetchInterval: whileActive(2_000) },
  );

export function useSkippedImages(id: number) {
  const params = { path: { change_id: id }, query: { page_size: 100 } };
  return useList($api.useInfiniteQuery("get", "/api/changes/{change_id}/skipped/", { params }, byPage));
}

export const useCancelBulkChange = (id: number) =>
  useChange(
    () => api.POST("/api/changes/{change_id}/cancel/", { params: { path: { change_id: id } } }),
    [keys.bulkChange(id), keys.jobs],
  );

export const useUndoBulkChange = (slug: string, id: number) =>
  useChange(
    () => api.POST("/api/changes/{change_id}/undo/", { params: { path: { change_id: id } } }),
    [keys.jobs, keys.bulkChanges(slug)],
  );

/** Works out a new split; nothing is changed. */
export const useSplitPreview = (slug: string) =>
  useChange(
    (body: SplitOptions) =>
      api.POST("/api/datasets/{slug}/splits/preview/", { params: { path: { slug } }, body }),
    [],
  );

export const useSplitAgain = (slug: string) =>
  useChange(
    (body: SplitOptions) => api.POST("/api/datasets/{slug}/splits/", { params: { path: { slug } }, body }),
    [keys.jobs, keys.bulkChanges(slug)],
  );

export const useClassUses = (slug: string, classId: number) =>
  $api.useQuery("get", "/api/datasets/{slug}/classes/{class_id}/uses/", {
    params: { path: { slug, class_id: classId } },
  });

export const useMergeClass = (slug: string, classId: number) =>
  useChange(
    (into: number) =>
      api.POST("/api/datasets/{slug}/classes/{class_id}/merge/", {
        params: { path: { slug, class_id: classId } },
        body: { into },
      }),
    [keys.jobs, keys.bulkChanges(slug)],
  );

export const useClassAttributes = (slug: string, classId: number) =>
  $api.useQuery("get", "/api/datasets/{slug}/classes/{class_id}/attributes/", {
    params: { path: { slug, class_id: classId } },
  });

export const useSplitOff = (slug: string, classId: number) =>
  useChange(
    (body: SplitOff) =>
      api.POST("/api/datasets/{slug}/classes/{class_id}/attributes/", {
        params: { path: { slug, class_id: classId } },
        body,
      }),
    [keys.jobs, keys.bulkChanges(slug), keys.dataset(slug)],
  );

export const useEmptyClass = (slug: string, classId: number) =>
  useChange(
    () =>
      api.POST("/api/datasets/{slug}/classes/{class_id}/empty/", {
        params: { path: { slug, class_id: classId } },
      }),
    [keys.jobs, keys.bulkChanges(slug)],
  );
