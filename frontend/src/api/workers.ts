import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";
import type { WorkerMode } from "./types";

export const useWorkers = () =>
  $api.useQuery(
    "get",
    "/api/workers/",
    {},
    { refetchInterval: ({ state }) => (state.data?.engine ? 2_000 : 10_000) },
  );

export const useSetWorkerMode = () =>
  useChange(
    ({ id, mode }: { id: number; mode: WorkerMode }) =>
      api.PATCH("/api/workers/{worker_id}/", { params: { path: { worker_id: id } }, body: { mode } }),
    [keys.workers, keys.runQueue],
  );

/** Lets the queue of a moved or restored data folder go on. */
export const useResumeQueue = () =>
  useChange(() => api.POST("/api/queue/resume/"), [keys.workers, keys.runQueue]);

export const useRemoveWorker = () =>
  useChange(
    (id: number) => api.DELETE("/api/workers/{worker_id}/", { params: { path: { worker_id: id } } }),
    [keys.workers, keys.devices],
  );
