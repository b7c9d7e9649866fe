/** The evaluations of compared runs, own or brought in: where every figure of the page comes from. */
import { useMemo } from "react";
import { useComparison, useEvaluation } from "@/api/evaluations";
import type { Comparison, Evaluation, OperatingPoint, Run } from "@/api/types";
import type { CompareAddress } from "./compare";

export type MeasuredRun = {
  evaluation: Evaluation;
  point: OperatingPoint | null;
  seeds: Comparison["seeds"][number] | null;
};

export type Measured = {
  /** Evaluations, in the order of their runs; runs without one are left out. */
  ids: readonly number[];
  comparison: Comparison | undefined;
  error: Error | null;
  retry: () => void;
  /** Of the run at a place of the page; undefined where it is not evaluated (or not known yet). */
  of: (run: Run) => MeasuredRun | undefined;
};

/** One request for all; a single evaluated run is asked for by itself. */
export function useMeasured(runs: readonly Run[], address: CompareAddress): Measured {
  const key = runs.flatMap(({ evaluation }) => evaluation ?? []).join();
  const ids = useMemo(() => (key ? key.split(",").map(Number) : []), [key]);
  const query = useComparison(ids, address);
  const alone = useEvaluation(ids[0] ?? 0, ids.length === 1).data;
  const comparison = ids.length > 1 ? query.data : undefined;
  const { basis } = address;
  const of = ({ evaluation: id }: Run): MeasuredRun | undefined => {
    const at = comparison?.evaluations.findIndex((evaluation) => evaluation.id === id) ?? -1;
    const evaluation = comparison?.evaluations[at];
    if (comparison && evaluation)
      return { evaluation, point: comparison.points[at] ?? null, seeds: comparison.seeds[at] ?? null };
    if (!alone || alone.id !== id) return undefined;
    return { evaluation: alone, point: alone.operating?.[basis] ?? null, seeds: null };
  };
  return { ids, comparison, error: query.error, retry: () => void query.refetch(), of };
}
