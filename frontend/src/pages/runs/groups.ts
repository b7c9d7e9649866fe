/** The list of runs, with the runs of a group gathered under one heading. */
import type { JobState, Run, RunGroup } from "@/api/types";
import { isActive } from "@/api/jobs";

export type RunGroupRows = { group: number; name: string; search: number | null; runs: Run[] };
/** A run's name under the heading of its group, which most names begin with: "seed 2". */
export function nameInGroup({ name, group_name }: Pick<Run, "name" | "group_name">): string {
  const rest = group_name && name.startsWith(`${group_name} `) ? name.slice(group_name.length).trim() : "";
  return rest || name;
}

export type RunEntry = Run | RunGroupRows;

export function isGroup(entry: RunEntry): entry is RunGroupRows {
  return "runs" in entry;
}

/** Runs of a group stand where its newest one stands, in the order in which they were asked for. */
export function gatherGroups(runs: readonly Run[]): RunEntry[] {
  const entries: RunEntry[] = [];
  const known = new Map<number, RunGroupRows>();
  for (const run of runs) {
    if (run.group === null) {
      entries.push(run);
      continue;
    }
    const found = known.get(run.group);
    if (found) {
      found.runs.unshift(run);
      continue;
    }
    const rows = { group: run.group, name: run.group_name, search: run.search, runs: [run] };
    known.set(run.group, rows);
    entries.push(rows);
  }
  return entries;
}

const STATES_TOLD: readonly JobState[] = [
  "running",
  "queued",
  "cancelling",
  "finished",
  "failed",
  "cancelled",
];

/** "1 running, 2 queued, 3 finished". */
export function stateCounts(runs: readonly Pick<Run, "state">[]): string {
  return STATES_TOLD.map((state) => [state, runs.filter((run) => run.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
}

/** The run of a group with the best masks so far. */
export function bestOf(runs: readonly Run[]): Run | undefined {
  const score = (run: Run) => run.best?.mask.map50 ?? -1;
  return runs.reduce<Run | undefined>(
    (best, run) => (!best || score(run) > score(best) ? run : best),
    undefined,
  );
}

/** The trials of a search in the order of their result, runs of another group as they were asked for. */
export function inOrder({ search, runs }: RunGroupRows): readonly Run[] {
  const score = (run: Run) => run.best?.mask.map50_95 ?? -1;
  return search === null ? runs : [...runs].sort((a, b) => score(b) - score(a));
}

export function groupPercent(runs: readonly Run[]): number {
  const share = (run: Run) => (isActive(run.state) ? run.epoch / Math.max(1, run.epochs) : 1);
  return runs.length === 0 ? 0 : (100 * runs.reduce((sum, run) => sum + share(run), 0)) / runs.length;
}

/** Means and deviations, model by model. */
export function spreadByModel(spread: RunGroup["spread"]) {
  const models = [...new Set(spread.map(({ model }) => model))];
  return models.map((model) => {
    const metrics = spread.filter((item) => item.model === model);
    return { model, runCount: metrics[0]?.run_count ?? 0, metrics };
  });
}
