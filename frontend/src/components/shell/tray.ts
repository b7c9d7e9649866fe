import type { JobItem, JobState } from "@/api/types";
import { isActive } from "@/api/jobs";

export const jobKey = ({ kind, id }: Pick<JobItem, "kind" | "id">) => `${kind}-${id}`;

/** What the tray shows: all that is active; what ended only when it was seen at work here or failed, and
 *  until somebody dismissed it. */
export function trayJobs(
  jobs: readonly JobItem[],
  seen: ReadonlySet<string>,
  dismissed: ReadonlySet<string>,
): JobItem[] {
  return jobs.filter((job) => {
    if (isActive(job.state)) return true;
    const key = jobKey(job);
    return !dismissed.has(key) && (seen.has(key) || job.state === "failed");
  });
}

const ORDER: JobState[] = ["running", "cancelling", "queued", "failed", "cancelled", "finished"];

export function byUrgency(a: JobItem, b: JobItem): number {
  return ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.created_at.localeCompare(a.created_at);
}

/** `stopped`: uploads that somebody has to go on with. */
export type TrayCounts = { running: number; waiting: number; failed: number; stopped: number; done: number };

/** How many jobs are at work, in the queue, failed, and over in another way. */
export function countJobs(jobs: readonly Pick<JobItem, "state">[]): TrayCounts {
  const count = (...states: JobState[]) => jobs.filter(({ state }) => states.includes(state)).length;
  return {
    running: count("running", "cancelling"),
    waiting: count("queued"),
    failed: count("failed"),
    stopped: 0,
    done: count("finished", "cancelled"),
  };
}

/** One line for the folded tray. */
export function trayTitle({ running, waiting, failed, stopped, done }: TrayCounts): string {
  const parts = [];
  if (running > 0) parts.push(`${running} running`);
  if (waiting > 0) parts.push(`${waiting} waiting`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (stopped > 0) parts.push(`${stopped} stopped`);
  if (done > 0) parts.push(`${done} done`);
  return parts.join(" · ");
}
