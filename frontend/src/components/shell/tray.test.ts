import { describe, expect, it } from "vitest";
import type { JobItem, JobState } from "@/api/types";
import { byUrgency, countJobs, jobKey, trayJobs, trayTitle } from "./tray";

const job = (id: number, state: JobState): JobItem => ({
  kind: "run",
  id,
  dataset: "pond",
  title: `Run ${id}`,
  state,
  ending: "",
  progress: { done: 0, total: null, unit: "", message: "", eta_seconds: null },
  is_mine: true,
  url: `/runs/${id}`,
  created_at: `2026-01-01T00:00:0${id}Z`,
});

describe("trayJobs", () => {
  const jobs = [
    job(1, "running"),
    job(2, "finished"),
    job(3, "finished"),
    job(4, "failed"),
    job(5, "cancelled"),
  ];

  it("shows what is active, what failed, and what ended before these eyes", () => {
    expect(trayJobs(jobs, new Set([jobKey(job(2, "finished"))]), new Set()).map((j) => j.id)).toEqual([
      1, 2, 4,
    ]);
  });

  it("does not hide an active job that was once dismissed", () => {
    const dismissed = new Set(jobs.map(jobKey));
    expect(trayJobs(jobs, new Set(), dismissed).map((j) => j.id)).toEqual([1]);
  });
});

it("puts running work first, then failures", () => {
  const order = [job(1, "finished"), job(2, "failed"), job(3, "queued"), job(4, "running")].sort(byUrgency);
  expect(order.map((j) => j.state)).toEqual(["running", "queued", "failed", "finished"]);
});

it("sums up in one line", () => {
  const states = ["running", "cancelling", "queued", "failed", "finished", "cancelled"] as const;
  const counts = countJobs(states.map((state) => ({ state })));
  expect(trayTitle(counts)).toBe("2 running · 1 waiting · 1 failed · 2 done");
  // What waits does not run.
  expect(trayTitle(countJobs([{ state: "queued" }]))).toBe("1 waiting");
  expect(trayTitle(countJobs([]))).toBe("");
});
