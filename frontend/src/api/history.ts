import { $api } from "./client";
import { byPage, useList } from "./paging";

/** Who changed the annotation of an image, the newest first. */
export const useRevisions = (image: string) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/images/{image_id}/revisions/",
      { params: { path: { image_id: image }, query: { page_size: 50 } } },
      byPage,
    ),
  );

/** The annotation as it stood at a revision; null asks for none. It never changes. */
export const useRevision = (image: string, number: number | null) =>
  $api.useQuery(
    "get",
    "/api/images/{image_id}/revisions/{number}/",
    { params: { path: { image_id: image, number: number ?? 0 } } },
    { enabled: number !== null, staleTime: Infinity },
  );

/** What was deleted from an image lately, the newest first. */
export const useDeletedInstances = (image: string) =>
  $api.useQuery("get", "/api/images/{image_id}/deleted-instances/", {
    params: { path: { image_id: image } },
  });
