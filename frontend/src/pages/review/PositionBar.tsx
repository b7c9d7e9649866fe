import { Button, Kbd, SegmentedControl, Select, Text } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import type { Basis, Evaluation, Run } from "@/api/types";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { usePageKeys } from "@/components/use-page-keys";
import { figureWords, formatThreshold } from "@/lib/figures";
import { type Average, AVERAGE_WORDS, bestConfidence } from "@/review-data/rates";
import { useStickyBar } from "@/lib/stickyBar";
import { DEFAULT_IOU, IOU_CHOICES, type Position } from "./address";
import { restedAt, useAt, useHand } from "./AtConfidence";
import { EvaluationPicker } from "./EvaluationPicker";
import classes from "./Review.module.css";

/** What every number on the page depends on: the evaluation, masks or boxes, IoU and confidence. */
export function PositionBar({
  run,
  evaluation,
  position,
  average = "classes",
  children,
}: {
  run: Run;
  evaluation: Evaluation;
  position: Position;
  /** Whose F1 is highest at the best confidence. */
  average?: Average;
  children?: ReactNode;
}) {
  const { place: onPosition } = useHand();
  const { best, f1 } = useBest(evaluation, position.basis, average);
  const toBest = () =>
    onPosition({ confidence: best === evaluation.best_confidence[position.basis] ? null : best });
  usePageKeys([["b", toBest]]);
  const bar = useStickyBar();
  return (
    <div ref={bar} className={classes.bar}>
      <EvaluationPicker
        run={run}
        evaluation={evaluation}
        onPick={(id) => onPosition({ evaluation: id === run.evaluation ? 0 : id, confidence: null })}
      />
      <SegmentedControl
        size="xs"
        aria-label="Masks or boxes"
        value={position.basis}
        onChange={(value) => onPosition({ basis: value === "box" ? "box" : "mask" })}
        data={[
          { value: "mask", label: "Masks" },
          { value: "box", label: "Boxes" },
        ]}
      />
      <Select
        w={112}
        size="xs"
        aria-label="Counts as a match above this IoU"
        allowDeselect={false}
        value={formatThreshold(position.iou)}
        onChange={(value) => onPosition({ iou: Number(value ?? DEFAULT_IOU) })}
        data={[...new Set([...IOU_CHOICES, position.iou])]
          .sort((a, b) => a - b)
          .map((iou) => ({ value: formatThreshold(iou), label: `IoU ${formatThreshold(iou)}` }))}
      />
      <HandSlider min={evaluation.confidence_floor} best={best} />
      <Button
        size="compact-xs"
        variant={restedAt(evaluation, position) === best ? "light" : "default"}
        title={`The confidence with the highest F1 (${AVERAGE_WORDS[average]}) of this IoU`}
        onClick={toBest}
        rightSection={<Kbd size="xs">B</Kbd>}
      >
        Best confidence {formatThreshold(best)}
        {f1 !== null && ` (F1 ${figureWords(f1)})`}
      </Button>
      {children}
    </div>
  );
}

/** The confidence with the highest F1, and that F1; while the columns are on their way, the server's. */
function useBest(evaluation: Evaluation, basis: Basis, average: Average) {
  const { curves } = useAt();
  const floor = evaluation.confidence_floor;
  return useMemo(() => {
    if (!curves) return { best: evaluation.best_confidence[basis], f1: null };
    const best = bestConfidence(curves, average, floor);
    return { best, f1: curves.average[average].f1[Math.round(best * 1000)] ?? null };
  }, [curves, average, floor, evaluation, basis]);
}

function HandSlider({ min, best }: { min: number; best: number }) {
  const { confidence } = useAt();
  const { move, place } = useHand();
  return (
    <ConfidenceSlider
      value={confidence}
      min={min}
      best={best}
      width={180}
      onMove={move}
      onSettle={(value) => place({ confidence: value })}
    />
  );
}

/** "at confidence 0.310, IoU 0.500, masks": what stands beside every number that the slider moves. */
export function thresholdWords(position: Pick<Position, "basis" | "iou">, confidence: number): string {
  return `at confidence ${formatThreshold(confidence)}, IoU ${formatThreshold(position.iou)}, ${position.basis === "mask" ? "masks" : "boxes"}`;
}

export function Thresholds({ position }: { position: Pick<Position, "basis" | "iou"> }) {
  const { confidence } = useAt();
  return (
    <Text size="xs" c="dimmed" className="tabular" span>
      {thresholdWords(position, confidence)}
    </Text>
  );
}
