import { useChange } from "./change";
import { $api, api } from "./client";
import { whileActive } from "./jobs";
import { keys } from "./keys";
import { byPage, useList } from "./paging";

/** `mine`: only those that I started. */
export const usePredictions = (mine = false) =>
  useList(
    $api.useInfiniteQuery("get", "/api/predictions/", { params: { query: mine ? { mine } : {} } }, byPage),
  );

export const usePrediction = (id: number) =>
  $api.useQuery(
    "get",
    "/api/predictions/{prediction_id}/",
    { params: { path: { prediction_id: id } } },
    { refetchInterval: whileActive(2_000) },
  );

export const useCancelPrediction = (id: number) =>
  useChange(
    () => api.POST("/api/predictions/{prediction_id}/cancel/", { params: { path: { prediction_id: id } } }),
    [keys.prediction(id), keys.predictions, keys.jobs],
  );

/** Pauses the job (true), or lets it go on. */
export const usePausePrediction = (id: number) =>
  useChange(
    (isPaused: boolean) =>
      isPaused
        ? api.POST("/api/predictions/{prediction_id}/pause/", { params: { path: { prediction_id: id } } })
        : api.POST("/api/predictions/{prediction_id}/resume/", { params: { path: { prediction_id: id } } }),
    [keys.prediction(id), keys.predictions, keys.jobs],
  );

export const useDeletePrediction = () =>
  useChange(
    (id: number) =>
      api.DELETE("/api/predictions/{prediction_id}/", { params: { path: { prediction_id: id } } }),
    [keys.predictions],
  );
