import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { keys } from "./keys";
import type { Search, SearchRequest } from "./types";

/** The arguments that a search may vary, with ranges to begin with. */
export function useSearchSpace(enabled: boolean) {
  return useQuery({
    queryKey: keys.searchSpace,
    queryFn: () => unwrap(api.GET("/api/training/search-space/")),
    staleTime: 300_000,
    enabled,
  });
}

export function useSearch(id: number) {
  return useQuery({
    queryKey: keys.search(id),
    queryFn: async () =>
      (await unwrap(
        api.GET("/api/searches/{search_id}/", { params: { path: { search_id: id } } }),
      )) as Search,
    enabled: Number.isInteger(id),
    refetchInterval: (query) => (query.state.data?.state === "running" ? 15_000 : false),
  });
}

export function useStartSearch() {
  return useChange(
    (body: SearchRequest) => unwrap(api.POST("/api/searches/", { body })),
    [keys.runs, keys.jobs],
  );
}

export function useStopSearch(id: number) {
  return useChange(
    (cancelRuns: boolean) =>
      unwrap(
        api.POST("/api/searches/{search_id}/stop/", {
          params: { path: { search_id: id } },
          body: { cancel_runs: cancelRuns },
        }),
      ),
    [keys.search(id), keys.runs, keys.jobs],
  );
}
