import { Button, Kbd, SegmentedControl, Select, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Evaluation, Run } from "@/api/types";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { usePageKeys } from "@/components/use-page-keys";
import { useStickyBar } from "@/lib/stickyBar";
import { DEFAULT_IOU, IOU_CHOICES, type Position } from "./address";
import { useAt, useHand } from "./AtConfidence";
import { EvaluationPicker } from "./EvaluationPicker";
import classes from "./Review.module.css";

/** What every number on the page depends on: the evaluation, masks or boxes, IoU and confidence. */
export function PositionBar({
  run,
  evaluation,
  position,
  children,
}: {
  run: Run;
  evaluation: Evaluation;
  position: Position;
  children?: ReactNode;
}) {
  const { place: onPosition } = useHand();
  const best = evaluation.best_confidence[position.basis];
  const toBest = () => onPosition({ confidence: null });
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
        w={104}
        size="xs"
        aria-label="Counts as a match above this IoU"
        allowDeselect={false}
        value={position.iou.toFixed(2)}
        onChange={(value) => onPosition({ iou: Number(value ?? DEFAULT_IOU) })}
        data={[...new Set([...IOU_CHOICES, position.iou])]
          .sort((a, b) => a - b)
          .map((iou) => ({ value: iou.toFixed(2), label: `IoU ${iou.toFixed(2)}` }))}
      />
      <HandSlider min={evaluation.confidence_floor} best={best} />
      <Button
        size="compact-xs"
        variant={position.confidence === null ? "light" : "default"}
        onClick={toBest}
        rightSection={<Kbd size="xs">B</Kbd>}
      >
        Best F1 {best.toFixed(3)}
      </Button>
      {children}
    </div>
  );
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

/** "at confidence 0.31, IoU 0.50, masks": what stands beside every number that the slider moves. */
export function thresholdWords(position: Pick<Position, "basis" | "iou">, confidence: number): string {
  return `at confidence ${confidence.toFixed(2)}, IoU ${position.iou.toFixed(2)}, ${position.basis === "mask" ? "masks" : "boxes"}`;
}

export function Thresholds({ position }: { position: Pick<Position, "basis" | "iou"> }) {
  const { confidence } = useAt();
  return (
    <Text size="xs" c="dimmed" className="tabular" span>
      {thresholdWords(position, confidence)}
    </Text>
  );
}
