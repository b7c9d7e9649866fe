import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { keys } from "./keys";
import type { WorkerMode } from "./types";

export function useWorkers() {
  return useQuery({
    queryKey: keys.workers,
    queryFn: () => unwrap(api.GET("/api/workers/")),
    refetchInterval: (query) => (query.state.data?.engine ? 2_000 : 10_000),
  });
}

/** The runs that wait, in the order in which they will be taken up. */
export function useRunQueue() {
  return useQuery({
    queryKey: keys.runQueue,
    queryFn: () => unwrap(api.GET("/api/runs/queue/")),
    refetchInterval: 10_000,
  });
}

export function useSetWorkerMode() {
  return useChange(
    ({ id, mode }: { id: number; mode: WorkerMode }) =>
      unwrap(api.PATCH("/api/workers/{worker_id}/", { params: { path: { worker_id: id } }, body: { mode } })),
    [keys.workers, keys.runQueue],
  );
}

/** Lets the queue of a moved or restored data folder go on. */
export function useResumeQueue() {
  return useChange(() => unwrap(api.POST("/api/queue/resume/")), [keys.workers, keys.runQueue]);
}

export function useRemoveWorker() {
  return useChange(
    (id: number) => unwrap(api.DELETE("/api/workers/{worker_id}/", { params: { path: { worker_id: id } } })),
    [keys.workers, keys.devices],
  );
}
