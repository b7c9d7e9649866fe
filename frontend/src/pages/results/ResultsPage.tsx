import { Group, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { useCallback, useState } from "react";
import { useConfusion, useCurves } from "@/api/runs";
import type { Evaluation, MetricSet, Run } from "@/api/types";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel, Stat, Stats } from "@/components/Page";
import { formatCount, formatMetric, plural } from "@/lib/format";
import { flag, numberIn, oneOf, useUrlState } from "@/lib/urlState";
import { EvaluationGate } from "../run/EvaluationGate";
import { useCurrentRun } from "../run/RunLayout";
import { LostPins } from "../verdicts/LostPins";
import { ProgressPanel } from "../verdicts/ProgressPanel";
import { SuspectsPanel } from "../verdicts/SuspectsPanel";
import { ConfusionMatrix } from "./ConfusionMatrix";
import { CurvePanels } from "./CurvePanels";
import { PerClassTable } from "./PerClassTable";
import classes from "./Results.module.css";

/** Ultralytics draws its matrix at these; they are printed wherever counts are shown. */
const CONFUSION_IOU = 0.45;
const CONFUSION_CONFIDENCE = 0.25;

const ADDRESS = {
  basis: oneOf(["mask", "box"], "mask"),
  confidence: numberIn(0, 1, CONFUSION_CONFIDENCE),
  normalised: flag(true),
};

export default function ResultsPage() {
  const run = useCurrentRun();
  return (
    <EvaluationGate run={run}>{(evaluation) => <Results run={run} evaluation={evaluation} />}</EvaluationGate>
  );
}

function Results({ run, evaluation }: { run: Run; evaluation: Evaluation }) {
  const [{ basis, normalised, ...address }, setAddress] = useUrlState(ADDRESS);
  // Fainter predictions are counted in the mAP, but their masks are not kept.
  const confidence = Math.max(address.confidence, evaluation.confidence_floor);
  // While the hand moves, the curves follow; the address and the matrix when it rests.
  const [moving, setMoving] = useState<number | null>(null);
  const curves = useCurves(evaluation.id);
  const confusion = useConfusion(evaluation.id, { confidence, iou: CONFUSION_IOU, basis });
  const pick = useCallback(
    (value: number) => {
      setMoving(null);
      setAddress({ confidence: Number(value.toFixed(2)) });
    },
    [setAddress],
  );
  return (
    <Stack gap="md">
      <div className={classes.bar}>
        <SegmentedControl
          aria-label="Masks or boxes"
          value={basis}
          onChange={(value) => setAddress({ basis: value === "box" ? "box" : "mask" })}
          data={[
            { value: "mask", label: "Masks" },
            { value: "box", label: "Boxes" },
          ]}
        />
        <ConfidenceSlider
          value={confidence}
          min={evaluation.confidence_floor}
          best={evaluation.best_confidence[basis]}
          onMove={setMoving}
          onSettle={pick}
        />
        <Text size="sm" c="dimmed" className="tabular">
          best F1 at {evaluation.best_confidence[basis].toFixed(3)}
        </Text>
        <LostPins evaluation={evaluation} confidence={confidence} />
      </div>
      <Panel>
        <Group gap={48} align="flex-start">
          <Headline title="Masks" metrics={evaluation.mask} />
          <Headline title="Boxes" metrics={evaluation.box} />
        </Group>
        <Text size="xs" c="dimmed" mt="sm">
          best.pt on the {evaluation.split} split: {plural(evaluation.image_count, "image")},{" "}
          {plural(evaluation.instance_count, "object")}. mAP over every confidence from 0.001; precision and
          recall at the confidence of the best F1.
        </Text>
      </Panel>
      {curves.isError && <ErrorNotice error={curves.error} onRetry={() => void curves.refetch()} />}
      {curves.isPending && <Skeleton height={280} />}
      {curves.data && (
        <CurvePanels
          curves={curves.data}
          evaluation={evaluation}
          basis={basis}
          confidence={moving ?? confidence}
          onPick={pick}
        />
      )}
      <Panel
        title="Confusion matrix"
        aside={
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
        }
      >
        {confusion.isError && (
          <ErrorNotice error={confusion.error} onRetry={() => void confusion.refetch()} />
        )}
        {confusion.isPending && <Skeleton height={200} />}
        {confusion.data && (
          <>
            <ConfusionMatrix run={run.id} confusion={confusion.data} normalised={normalised} />
            <Text size="xs" c="dimmed" mt="sm">
              {confusion.data.basis === "mask" ? "Masks" : "Boxes"} with confidence ≥{" "}
              {confusion.data.confidence.toFixed(2)}, matched at IoU &gt; {confusion.data.iou.toFixed(2)}.
              {normalised && " Each column sums to 1."} {formatCount(total(confusion.data.counts))} objects
              and predictions. A cell opens its images.
            </Text>
          </>
        )}
      </Panel>
      <Panel title={basis === "mask" ? "Masks by class" : "Boxes by class"} flush>
        <PerClassTable evaluation={evaluation} basis={basis} />
      </Panel>
      <ProgressPanel run={run} split={evaluation.split} />
      <SuspectsPanel evaluation={evaluation} />
    </Stack>
  );
}

function total(counts: number[][]): number {
  return counts.flat().reduce((sum, count) => sum + count, 0);
}

function Headline({ title, metrics }: { title: string; metrics: MetricSet }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={8}>
        {title}
      </Text>
      <Stats>
        <Stat label="mAP50" value={formatMetric(metrics.map50)} />
        <Stat label="mAP50-95" value={formatMetric(metrics.map50_95)} />
        <Stat label="Precision" value={formatMetric(metrics.precision)} />
        <Stat label="Recall" value={formatMetric(metrics.recall)} />
      </Stats>
    </div>
  );
}
