import type { Worker, WorkerMode } from "@/api/types";
import { plural } from "@/lib/format";

export type WorkerAction = {
  id: "pause" | "drain" | "resume" | "remove";
  label: string;
  /** What it does, said before it is done; one sentence each. */
  consequences: string[];
  mode: WorkerMode | null;
};

/** What an administrator may do with a worker as it is now. */
export function actionsFor({
  state,
  mode,
  current,
}: Pick<Worker, "state" | "mode" | "current">): WorkerAction[] {
  if (state === "offline") {
    return [
      ...(mode === "pause" ? [RESUME] : []),
      {
        id: "remove",
        label: "Remove",
        consequences: [
          "It disappears from this page. Nothing on its machine is touched.",
          "If it is started again, it comes back by itself.",
        ],
        mode: null,
      },
    ];
  }
  if (mode !== "work") return [RESUME];
  const titles = current.map(({ title }) => `“${title}”`).join(" and ");
  const now = titles ? `It finishes ${titles} first.` : "It is idle now.";
  return [
    {
      id: "pause",
      label: "Pause",
      consequences: [
        now,
        "It takes nothing new until somebody resumes it, also when it is started again.",
        "What waits is left to the other workers.",
      ],
      mode: "pause",
    },
    {
      id: "drain",
      label: "Drain",
      consequences: [
        now,
        "It takes nothing new until it is started again on its machine: then its machine can be shut down or updated.",
        "What waits is left to the other workers.",
      ],
      mode: "drain",
    },
  ];
}

const RESUME: WorkerAction = {
  id: "resume",
  label: "Resume",
  consequences: ["It takes up what waits, in the order of the queue."],
  mode: "work",
};

/** The state of a worker in a word or two. */
export function workerState({ state, mode, current }: Pick<Worker, "state" | "mode" | "current">): string {
  if (state === "offline") return mode === "pause" ? "Offline, paused" : "Offline";
  if (mode === "work") return "Online";
  if (current.length > 0) return mode === "pause" ? "Pausing after this" : "Draining";
  return mode === "pause" ? "Paused" : "Drained";
}

/** "2 workers on 1 host, 1 GPU". */
export function summaryWords(workers: readonly Worker[]): string {
  const online = workers.filter(({ state }) => state === "online");
  const hosts = new Set(online.map(({ hostname }) => hostname)).size;
  const gpus = new Set(
    online.flatMap(({ hostname, devices }) =>
      devices.filter(({ kind }) => kind === "gpu").map(({ id }) => `${hostname} ${id}`),
    ),
  ).size;
  if (online.length === 0) return "No worker is online: everything waits.";
  const gpuWords = gpus === 0 ? "no GPU" : plural(gpus, "GPU");
  return `${plural(online.length, "worker")} on ${plural(hosts, "host")}, ${gpuWords}.`;
}
