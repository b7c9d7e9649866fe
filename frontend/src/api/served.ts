import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";
import { byPage, useList } from "./paging";

const named = (name: string) => ({ params: { path: { name } } });

export const useServed = () =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/served/",
      { params: { query: { page_size: 100 } } },
      { ...byPage, refetchInterval: 30_000 },
    ),
  );

/** Everything that a person can predict with, and so perhaps serve. */
export const useServable = (search: string) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/models/",
      { params: { query: { search: search || undefined, page_size: 200 } } },
      byPage,
    ),
  );

export const useServedStats = (name: string) =>
  $api.useQuery("get", "/api/served/{name}/stats/", named(name), { refetchInterval: 15_000 });

export const useServedMoves = (name: string) =>
  useList($api.useInfiniteQuery("get", "/api/served/{name}/moves/", named(name), byPage));

export const useServedCandidates = (name: string) =>
  $api.useQuery("get", "/api/served/{name}/candidates/", named(name));

export type ServeRequest = { name: string; model: string; requests_per_minute: number };

export const useServe = () =>
  useChange((body: ServeRequest) => api.POST("/api/served/", { body }), [keys.served]);

export const useMoveServed = (name: string) =>
  useChange(
    (model: string) => api.POST("/api/served/{name}/move/", { ...named(name), body: { model } }),
    [keys.served],
  );

export const useMoveServedBack = (name: string) =>
  useChange(() => api.POST("/api/served/{name}/back/", named(name)), [keys.served]);

export const useLimitServed = (name: string) =>
  useChange(
    (requests_per_minute: number) =>
      api.PATCH("/api/served/{name}/", { ...named(name), body: { requests_per_minute } }),
    [keys.served],
  );

export const useStopServing = (name: string) =>
  useChange(() => api.DELETE("/api/served/{name}/", named(name)), [keys.served]);

export const useMeasureServed = (name: string) =>
  useChange(
    (model: string) =>
      api.POST("/api/served/{name}/candidates/measure/", { ...named(name), body: { model } }),
    [keys.served],
  );
