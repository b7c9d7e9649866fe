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

/** One line for the folded tray. */
export function trayTitle(active: number, ended: number, failed: number): string {
  const parts = [];
  if (active > 0) parts.push(`${active} running`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (ended - failed > 0) parts.push(`${ended - failed} done`);
  return parts.join(" · ");
}
