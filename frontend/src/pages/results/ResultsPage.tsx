import { Alert, Button, Group, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { useCallback } from "react";
import { useColumns, useCurves, useEvaluate } from "@/api/evaluations";
import { isActive } from "@/api/jobs";
import type { Evaluation, Run } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { flag, oneOf, useUrlState } from "@/lib/urlState";
import { AVERAGES } from "@/review-data/rates";
import { EvaluationGate } from "../run/EvaluationGate";
import { useCurrentRun } from "../run/RunLayout";
import { DEFAULT_IOU, objectsAddress, POSITION, type SelectionAddress } from "../review/address";
import { AtConfidence, restedAt, useAt } from "../review/AtConfidence";
import { EvaluationPicker } from "../review/EvaluationPicker";
import { PositionBar, Thresholds } from "../review/PositionBar";
import { LostPins } from "../verdicts/LostPins";
import { ProgressPanel } from "../verdicts/ProgressPanel";
import { SuspectsPanel } from "../verdicts/SuspectsPanel";
import { ConfusionMatrix } from "./ConfusionMatrix";
import { CurvePanels } from "./CurvePanels";
import { FiguresPanels } from "./FiguresPanels";
import { Headline } from "./Headline";
import { LossPanels } from "./LossPanels";
import { OperatingPanel } from "./OperatingPanel";
import { PerClassTable } from "./PerClassTable";
import type { MatrixProps } from "./matrix";
import { ReportMenu } from "./ReportMenu";

const ADDRESS = { ...POSITION, normalised: flag(true), average: oneOf(AVERAGES, "classes") };

export default function ResultsPage() {
  const run = useCurrentRun();
  const [{ evaluation: wanted }, setAddress] = useUrlState(ADDRESS);
  return (
    <EvaluationGate
      run={run}
      wanted={wanted}
      picker={(evaluation) => (
        <EvaluationPicker run={run} evaluation={evaluation} onPick={(id) => setAddress({ evaluation: id })} />
      )}
    >
      {(evaluation) => <Results key={evaluation.id} run={run} evaluation={evaluation} />}
    </EvaluationGate>
  );
}

function Results({ run, evaluation }: { run: Run; evaluation: Evaluation }) {
  const [{ normalised, average, ...position }, setAddress] = useUrlState(ADDRESS);
  const { basis, iou } = position;
  const confidence = restedAt(evaluation, position);
  const curves = useCurves(evaluation.id);
  const columns = useColumns(evaluation.id, { iou, basis });
  // Links lead to where the hand rests: they are not made anew on its way.
  const rowAddress = useCallback(
    (selection: Partial<SelectionAddress>) =>
      objectsAddress(run.id, { evaluation: position.evaluation, basis, iou, confidence }, selection),
    [run.id, position.evaluation, basis, iou, confidence],
  );
  const cellAddress = useCallback(
    (predicted: number, labelled: number) => rowAddress({ cell: [predicted, labelled] }),
    [rowAddress],
  );
  const figureAddress = useCallback(
    (selection: Partial<SelectionAddress>, at: number) =>
      objectsAddress(
        run.id,
        { evaluation: position.evaluation, basis: "mask", iou: DEFAULT_IOU, confidence: at },
        selection,
      ),
    [run.id, position.evaluation],
  );
  return (
    <AtConfidence evaluation={evaluation} columns={columns.data} position={position} onPosition={setAddress}>
      <Stack gap="md">
        <PositionBar run={run} evaluation={evaluation} position={position} average={average}>
          {/* Where the hand rests: on the way nothing is asked of the server. */}
          <LostPins evaluation={evaluation} confidence={position.confidence ?? undefined} />
          <ReportMenu run={run.id} />
        </PositionBar>
        {evaluation.is_outdated && <Outdated run={run} evaluation={evaluation} />}
        <Panel>
          <Headline
            evaluation={evaluation}
            addressOf={(of) => objectsAddress(run.id, { ...position, basis: of, confidence })}
          />
        </Panel>
        {columns.isError && <ErrorNotice error={columns.error} onRetry={() => void columns.refetch()} />}
        {columns.data && (
          <OperatingPanel
            run={run.id}
            evaluation={evaluation}
            columns={columns.data}
            position={position}
            average={average}
            onAverage={(next) => setAddress({ average: next })}
          />
        )}
        {columns.isPending && <Skeleton height={252} role="status" aria-label="Loading" />}
        {curves.isError && <ErrorNotice error={curves.error} onRetry={() => void curves.refetch()} />}
        {curves.isPending && <Skeleton height={300} role="status" aria-label="Loading" />}
        {curves.data && (
          <CurvePanels curves={curves.data} evaluation={evaluation} basis={basis} average={average} />
        )}
        <Panel
          title="Confusion matrix"
          aside={
            <Group gap="md">
              <Thresholds position={position} />
              <SegmentedControl
                size="xs"
                aria-label="Cells show"
                value={normalised ? "share" : "count"}
                onChange={(value) => setAddress({ normalised: value === "share" })}
                data={[
                  { value: "count", label: "Counts" },
                  { value: "share", label: "Normalised" },
                ]}
              />
            </Group>
          }
        >
          {columns.isPending && <Skeleton height={240} />}
          {columns.data && (
            <>
              <MatrixHere names={columns.data.classNames} normalised={normalised} addressOf={cellAddress} />
              <Text size="xs" c="dimmed" mt="sm">
                {normalised && "Each column sums to 1. "}A cell opens its objects.
              </Text>
            </>
          )}
        </Panel>
        <Panel title={basis === "mask" ? "Masks by class" : "Boxes by class"} flush>
          <PerClassTable
            evaluation={evaluation}
            basis={basis}
            average={average}
            curves={curves.data}
            thresholds={<Thresholds position={position} />}
            addressOf={rowAddress}
          />
        </Panel>
        <ProgressPanel run={run} split={evaluation.split} />
        <FiguresPanels evaluation={evaluation} addressOf={figureAddress} />
        <SuspectsPanel evaluation={evaluation} />
        <LossPanels run={run} basis={basis} />
      </Stack>
    </AtConfidence>
  );
}

function MatrixHere(props: Omit<MatrixProps, "tally">) {
  const { tally } = useAt();
  return tally && <ConfusionMatrix {...props} tally={tally} />;
}

/** Some figures are newer than the evaluation. */
function Outdated({ run, evaluation }: { run: Run; evaluation: Evaluation }) {
  const again = useEvaluate(run.id);
  const { checkpoint, version, split } = evaluation;
  const waits = again.isPending || isActive(evaluation.state);
  return (
    <Alert variant="light" title="Some figures were not measured when this evaluation was made">
      <Group justify="space-between" gap="md">
        <Text size="sm" style={{ flex: 1, minWidth: 240 }}>
          {waits
            ? `It is being made again. ${evaluation.progress.message}`
            : "Evaluate again to see sizes, outlines and speed as well. What is here stays until then."}
        </Text>
        <Button
          size="xs"
          loading={waits}
          onClick={() => again.mutate({ checkpoint, version: version.id, split, again: true })}
        >
          Evaluate again
        </Button>
      </Group>
      {again.isError && <ErrorNotice error={again.error} />}
    </Alert>
  );
}
