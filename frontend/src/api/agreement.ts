import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useChange } from "./change";
import { $api, api, unwrap } from "./client";
import { invalidate, keys } from "./keys";
import { byPage, useList } from "./paging";
import type { BulkResult } from "./types";

/** How far people agree on the images that two of them drew. */
export const useAgreement = (slug: string) =>
  $api.useQuery("get", "/api/datasets/{slug}/agreement/", { params: { path: { slug } } });

/** Those images, where they differ most first. */
export const useComparedImages = (slug: string) =>
  useList(
    $api.useInfiniteQuery("get", "/api/datasets/{slug}/independent/", { params: { path: { slug } } }, byPage),
  );

export const useCompared = (id: number) =>
  $api.useQuery("get", "/api/independent/{independent_id}/", { params: { path: { independent_id: id } } });

/** Has finished images drawn once more by each of these people; answers what became of it for each. */
export function useGiveOut(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ ids, people }: { ids: string[]; people: number[] }) => {
      const given = new Map<number, BulkResult>();
      for (const annotator of people) {
        const result = await unwrap(
          api.POST("/api/datasets/{slug}/independent/", {
            params: { path: { slug } },
            body: { ids, annotator },
          }),
        );
        given.set(annotator, result);
      }
      return given;
    },
    onSettled: () => void invalidate(client, keys.agreement(slug), keys.myWork),
  });
}

/** Keeps the first annotation, or makes the second the image's own; `revision`: of the image, as it was seen. */
export const useDecide = (slug: string, id: number) =>
  useChange(
    ({ keep, revision }: { keep: "first" | "second"; revision: number }) =>
      api.POST("/api/independent/{independent_id}/", {
        params: { path: { independent_id: id }, header: { "If-Match": `"${revision}"` } },
        body: { keep },
      }),
    [keys.agreement(slug)],
  );
