import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { isActive } from "./jobs";
import { keys } from "./keys";
import { useList } from "./paging";

export function usePredictions() {
  return useList(keys.predictions, (cursor, signal) =>
    unwrap(api.GET("/api/predictions/", { params: { query: { cursor } }, signal })),
  );
}

export function usePrediction(id: number) {
  return useQuery({
    queryKey: keys.prediction(id),
    queryFn: () =>
      unwrap(api.GET("/api/predictions/{prediction_id}/", { params: { path: { prediction_id: id } } })),
    refetchInterval: (query) => (query.state.data && isActive(query.state.data.state) ? 2_000 : false),
  });
}

export function usePredictedImages(id: number, enabled: boolean) {
  return useList(
    keys.predictedImages(id),
    (cursor, signal) =>
      unwrap(
        api.GET("/api/predictions/{prediction_id}/images/", {
          params: { path: { prediction_id: id }, query: { cursor, page_size: 50 } },
          signal,
        }),
      ),
    { enabled },
  );
}

export function useCancelPrediction(id: number) {
  return useChange(
    () =>
      unwrap(
        api.POST("/api/predictions/{prediction_id}/cancel/", { params: { path: { prediction_id: id } } }),
      ),
    [keys.prediction(id), keys.predictions, keys.jobs],
  );
}

export function useDeletePrediction() {
  return useChange(
    (id: number) =>
      unwrap(api.DELETE("/api/predictions/{prediction_id}/", { params: { path: { prediction_id: id } } })),
    [keys.predictions],
  );
}
