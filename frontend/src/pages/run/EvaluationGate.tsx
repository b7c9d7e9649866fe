import { Skeleton } from "@mantine/core";
import { IconRuler2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { isActive } from "@/api/jobs";
import { useEvaluations } from "@/api/runs";
import type { Evaluation, Run } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import classes from "@/components/Page.module.css";

/** The evaluation to show: the run's own, else the newest. */
export function pickEvaluation(run: Run, evaluations: readonly Evaluation[]): Evaluation | undefined {
  return evaluations.find(({ id }) => id === run.evaluation) ?? evaluations.at(-1);
}

/** Shows its children once an evaluation is finished, and before that what is being waited for. */
export function EvaluationGate({
  run,
  children,
}: {
  run: Run;
  children: (evaluation: Evaluation) => ReactNode;
}) {
  const query = useEvaluations(run.id);
  const evaluation = pickEvaluation(run, query.data ?? []);
  if (evaluation?.state === "finished") return <div className={classes.page}>{children(evaluation)}</div>;
  return (
    <div className={classes.page}>
      {query.isPending && <Skeleton height={360} />}
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {evaluation && isActive(evaluation.state) && (
        <Panel title="Evaluating best.pt">
          <ProgressLine progress={evaluation.progress} label="Evaluating" />
        </Panel>
      )}
      {evaluation && evaluation.state === "failed" && (
        <ErrorNotice
          title="The evaluation failed"
          error={new Error(evaluation.error || "The log of the worker says more.")}
        />
      )}
      {query.isSuccess && (!evaluation || evaluation.state === "cancelled") && (
        <EmptyState icon={IconRuler2} title="Not evaluated yet">
          {isActive(run.state)
            ? "best.pt is evaluated on the validation split as soon as the run has finished."
            : "The run ended without a checkpoint that could be evaluated."}
        </EmptyState>
      )}
    </div>
  );
}
