import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { keys } from "./keys";
import { useList } from "./paging";

const PAGE_SIZE = 50;

/** Who changed the annotation of an image, the newest first. */
export function useRevisions(image: string) {
  return useList(keys.revisions(image), (cursor, signal) =>
    unwrap(
      api.GET("/api/images/{image_id}/revisions/", {
        params: { path: { image_id: image }, query: { cursor, page_size: PAGE_SIZE } },
        signal,
      }),
    ),
  );
}

/** The annotation as it stood at a revision; null asks for none. It never changes. */
export function useRevision(image: string, number: number | null) {
  return useQuery({
    queryKey: keys.revision(image, number ?? 0),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/images/{image_id}/revisions/{number}/", {
          params: { path: { image_id: image, number: number ?? 0 } },
          signal,
        }),
      ),
    enabled: number !== null,
    staleTime: Infinity,
  });
}

/** What was deleted from an image lately, the newest first. */
export function useDeletedInstances(image: string) {
  return useQuery({
    queryKey: keys.deletedInstances(image),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/images/{image_id}/deleted-instances/", {
          params: { path: { image_id: image } },
          signal,
        }),
      ),
  });
}
