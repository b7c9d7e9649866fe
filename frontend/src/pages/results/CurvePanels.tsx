import { SimpleGrid, Text } from "@mantine/core";
import { useCallback } from "react";
import type { Basis, Curves, Evaluation } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { Panel } from "@/components/Page";
import { formatMetric } from "@/lib/format";
import { useAt, useHand } from "../review/AtConfidence";
import { CURVE_KINDS, CURVE_TITLES, type CurveKind, curveOption, markOf } from "./curveCharts";

type PanelsProps = {
  curves: Curves;
  evaluation: Evaluation;
  basis: Basis;
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

type PanelProps = PanelsProps & { kind: CurveKind };

function CurvePanel(props: PanelProps) {
  return (
    <Panel title={CURVE_TITLES[props.kind]} aside={<Reading {...props} />}>
      <Curve {...props} />
    </Panel>
  );
}

/** What the curve says where the slider stands. */
function Reading({ kind, curves, basis }: PanelProps) {
  const { confidence } = useAt();
  const [x, y] = markOf(curves, curves[basis], kind, confidence);
  return (
    <Text size="sm" fw={600} className="tabular">
      {kind === "pr" ? `${formatMetric(y)} at ${formatMetric(x)}` : formatMetric(y)}
    </Text>
  );
}

function Curve({ kind, curves, evaluation, basis }: PanelProps) {
  const { confidence } = useAt();
  const { place } = useHand();
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
    (x: number) => {
      const picked = Math.min(1, Math.max(evaluation.confidence_floor, x));
      place({ confidence: Number(picked.toFixed(2)) });
    },
    [place, evaluation.confidence_floor],
  );
  return (
    <Chart
      option={option}
      mark={{ x: markX, y: markY, line: kind !== "pr" }}
      height={230}
      label={`${CURVE_TITLES[kind]}; ${formatMetric(markY)} at confidence ${confidence.toFixed(2)}`}
      onPickX={kind === "pr" ? undefined : pick}
    />
  );
}
