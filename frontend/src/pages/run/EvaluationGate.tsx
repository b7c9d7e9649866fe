import { Skeleton } from "@mantine/core";
import { IconRuler2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { isActive } from "@/api/jobs";
import { useEvaluation, useEvaluations } from "@/api/evaluations";
import type { Evaluation, Run } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { evaluationName } from "@/lib/evaluations";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import classes from "@/components/Page.module.css";

/** The evaluation to show: that of the address, the run's own, else the oldest of a checkpoint. */
function pickEvaluation(
  run: Pick<Run, "evaluation">,
  evaluations: readonly Evaluation[],
  wanted: number,
): Evaluation | undefined {
  const own = wanted || run.evaluation;
  if (wanted) return evaluations.find(({ id }) => id === own);
  const ofCheckpoints = evaluations.filter(({ export: exported }) => exported === null);
  return evaluations.find(({ id }) => id === own) ?? ofCheckpoints.at(-1);
}

/** Shows its children once an evaluation is finished, and before that what is being waited for. */
export function EvaluationGate({
  run,
  wanted = 0,
  picker,
  children,
}: {
  run: Run;
  /** The id of an evaluation of this run; 0 for its own. */
  wanted?: number;
  /** Where another evaluation can be chosen, while this one shows nothing. */
  picker?: (evaluation: Evaluation) => ReactNode;
  children: (evaluation: Evaluation) => ReactNode;
}) {
  const query = useEvaluations(run.id);
  const evaluation = pickEvaluation(run, query.data ?? [], wanted);
  const { pathname, search } = useLocation();
  const elsewhere = useEvaluation(wanted, wanted > 0 && query.isSuccess && !evaluation);
  const ownRun = elsewhere.data?.run ?? run.id;
  // The evaluation of another run has an address of its own.
  if (!evaluation && ownRun !== run.id)
    return <Navigate to={`${pathname.replace(/^\/runs\/\d+/, `/runs/${ownRun}`)}${search}`} replace />;
  // An evaluation that is made again can be read until the new one is whole.
  if (evaluation && (evaluation.state === "finished" || evaluation.image_count > 0))
    return <div className={classes.page}>{children(evaluation)}</div>;
  return (
    <div className={classes.page}>
      {evaluation && picker && <div style={{ marginBottom: 16 }}>{picker(evaluation)}</div>}
      {query.isPending && <Skeleton height={360} />}
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {evaluation && isActive(evaluation.state) && (
        <Panel title={`Evaluating ${evaluationName(evaluation)}`}>
          <ProgressLine progress={evaluation.progress} label="Evaluating" />
        </Panel>
      )}
      {evaluation && evaluation.state === "failed" && (
        <ErrorNotice
          title="The evaluation failed"
          error={new Error(evaluation.error || "The log of the worker says more.")}
        />
      )}
      {query.isSuccess && !evaluation && wanted > 0 && !elsewhere.isLoading && (
        <EmptyState icon={IconRuler2} title="No such evaluation">
          The run has no evaluation {wanted}. It may have been deleted.
        </EmptyState>
      )}
      {query.isSuccess && ((!evaluation && !wanted) || evaluation?.state === "cancelled") && (
        <EmptyState icon={IconRuler2} title="Not evaluated yet">
          {isActive(run.state)
            ? "best.pt is evaluated on the validation split as soon as the run has finished."
            : "The run ended without a checkpoint that could be evaluated."}
        </EmptyState>
      )}
    </div>
  );
}
