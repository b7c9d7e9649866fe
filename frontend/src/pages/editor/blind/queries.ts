import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { $api, api, unwrap } from "@/api/client";
import { at, invalidate, keys } from "@/api/keys";
import type { Status } from "@/api/types";

/** An image that the person draws without seeing the first annotation. */
export const independentQuery = (id: number) =>
  queryOptions(
    $api.queryOptions("get", "/api/independent/mine/{independent_id}/", {
      params: { path: { independent_id: id } },
    }),
  );

const MOST = 500;

/** The ids of those that are left to draw in a dataset, in their order. */
export const leftQuery = (slug: string) =>
  queryOptions({
    queryKey: [...at("/api/independent/mine/"), "left", slug],
    queryFn: async () => {
      const page = await unwrap(
        api.GET("/api/independent/mine/", { params: { query: { dataset: slug, page_size: MOST } } }),
      );
      return page.results.map(({ id }) => id);
    },
  });

/** After a save: what is done is left no more, and what was changed again is. */
export function noteBlindSaved(client: QueryClient, slug: string, id: number, status: Status): void {
  client.setQueryData(leftQuery(slug).queryKey, (left) => {
    const others = left?.filter((each) => each !== id);
    return others && status !== "done" ? [...others, id].sort((a, b) => a - b) : others;
  });
  void invalidate(client, keys.myWork);
}
