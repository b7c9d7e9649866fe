import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { keys } from "./keys";
import { useList } from "./paging";
import type { BulkResult } from "./types";

/** How far people agree on the images that two of them drew. */
export function useAgreement(slug: string) {
  return useQuery({
    queryKey: keys.agreementFigures(slug),
    queryFn: () => unwrap(api.GET("/api/datasets/{slug}/agreement/", { params: { path: { slug } } })),
  });
}

/** Those images, where they differ most first. */
export function useComparedImages(slug: string) {
  return useList(keys.comparedImages(slug), (cursor, signal) =>
    unwrap(
      api.GET("/api/datasets/{slug}/independent/", {
        params: { path: { slug }, query: cursor ? { cursor } : {} },
        signal,
      }),
    ),
  );
}

export function useCompared(slug: string, id: number) {
  return useQuery({
    queryKey: keys.compared(slug, id),
    queryFn: () =>
      unwrap(api.GET("/api/independent/{independent_id}/", { params: { path: { independent_id: id } } })),
  });
}

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
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.agreement(slug) });
      void client.invalidateQueries({ queryKey: keys.myWork });
    },
  });
}

/** Keeps the first annotation, or makes the second the image's own; `revision`: of the image, as it was seen. */
export function useDecide(slug: string, id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ keep, revision }: { keep: "first" | "second"; revision: number }) =>
      unwrap(
        api.POST("/api/independent/{independent_id}/", {
          params: { path: { independent_id: id }, header: { "If-Match": `"${revision}"` } },
          body: { keep },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.agreement(slug) }),
  });
}
