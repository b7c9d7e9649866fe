import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";
import type { Search, SearchRequest } from "./types";

/** The arguments that a search may vary, with ranges to begin with. */
export const useSearchSpace = (enabled: boolean) =>
  $api.useQuery("get", "/api/training/search-space/", {}, { staleTime: 300_000, enabled });

export const useSearch = (id: number) =>
  $api.useQuery(
    "get",
    "/api/searches/{search_id}/",
    { params: { path: { search_id: id } } },
    {
      enabled: Number.isInteger(id),
      select: (search) => search as Search,
      refetchInterval: ({ state }) => (state.data?.state === "running" ? 15_000 : false),
    },
  );

export const useStartSearch = () =>
  useChange((body: SearchRequest) => api.POST("/api/searches/", { body }), [keys.runs, keys.jobs]);

export const useStopSearch = (id: number) =>
  useChange(
    (cancelRuns: boolean) =>
      api.POST("/api/searches/{search_id}/stop/", {
        params: { path: { search_id: id } },
        body: { cancel_runs: cancelRuns },
      }),
    [keys.search(id), keys.runs, keys.jobs],
  );
