import { SimpleGrid, Text } from "@mantine/core";
import { memo, useCallback } from "react";
import type { Basis, Curves, Evaluation } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { Panel } from "@/components/Page";
import { formatMetric } from "@/lib/format";
import { CURVE_KINDS, CURVE_TITLES, type CurveKind, curveOption, markOf } from "./curveCharts";

type PanelsProps = {
  curves: Curves;
  evaluation: Evaluation;
  basis: Basis;
  confidence: number;
  onPick: (confidence: number) => void;
};

export function CurvePanels(props: PanelsProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }} spacing="md">
      {CURVE_KINDS.map((kind) => (
        <CurvePanel key={kind} kind={kind} {...props} />
      ))}
    </SimpleGrid>
  );
}

const CurvePanel = memo(function CurvePanel({
  kind,
  curves,
  evaluation,
  basis,
  confidence,
  onPick,
}: PanelsProps & { kind: CurveKind }) {
  const set = curves[basis];
  const best = evaluation.best_confidence[basis];
  const option = useCallback(
    (colors: ChartColors) =>
      curveOption(colors, curves, set, kind, {
        classColors: evaluation.per_class.map(({ color }) => color),
        best,
      }),
    [curves, set, kind, evaluation.per_class, best],
  );
  const [markX, markY] = markOf(curves, set, kind, confidence);
  const pick = useCallback(
    (x: number) => onPick(Math.min(1, Math.max(evaluation.confidence_floor, x))),
    [onPick, evaluation.confidence_floor],
  );
  return (
    <Panel
      title={CURVE_TITLES[kind]}
      aside={
        <Text size="sm" fw={600} className="tabular">
          {kind === "pr" ? `${formatMetric(markY)} at ${formatMetric(markX)}` : formatMetric(markY)}
        </Text>
      }
    >
      <Chart
        option={option}
        mark={{ x: markX, y: markY, line: kind !== "pr" }}
        height={230}
        label={`${CURVE_TITLES[kind]}; ${formatMetric(markY)} at confidence ${confidence.toFixed(2)}`}
        onPickX={kind === "pr" ? undefined : pick}
      />
    </Panel>
  );
});
