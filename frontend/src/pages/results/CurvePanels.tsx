import { Group, SimpleGrid, Stack, Text, UnstyledButton } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import type { Basis, Curves, Evaluation } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { ClassDot } from "@/components/ClassDot";
import { Panel } from "@/components/Page";
import { formatThreshold } from "@/lib/figures";
import { formatMetric } from "@/lib/format";
import { type Average, bestConfidence } from "@/review-data/rates";
import { useAt, useHand } from "../review/AtConfidence";
import {
  CURVE_KINDS,
  CURVE_TITLES,
  type CurveKind,
  colorsOf,
  curveOption,
  drawsClasses,
  joinRates,
  markOf,
} from "./curveCharts";
import classes from "./Results.module.css";

type PanelsProps = {
  curves: Curves;
  evaluation: Evaluation;
  basis: Basis;
  average: Average;
};

export function CurvePanels({ curves: measured, ...rest }: PanelsProps) {
  const { evaluation, basis, average } = rest;
  const { curves: rates } = useAt();
  const curves = useMemo(
    () => (rates ? joinRates(measured, rates, basis, average) : measured),
    [measured, rates, basis, average],
  );
  const props = { ...rest, curves };
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const classColors = useMemo(() => colorsOf(curves, evaluation.per_class), [curves, evaluation.per_class]);
  const turn = (i: number) =>
    setHidden(
      (before) => new Set(before.has(i) ? [...before].filter((other) => other !== i) : [...before, i]),
    );
  return (
    <Stack gap="xs">
      {drawsClasses(curves) && (
        <Group gap="4px 14px" role="group" aria-label="Classes of the curves">
          {curves.class_names.map((name, i) => (
            <UnstyledButton
              key={i}
              aria-pressed={!hidden.has(i)}
              title={hidden.has(i) ? "Show its curves" : "Hide its curves"}
              className={classes.curveClass}
              onClick={() => turn(i)}
            >
              <ClassDot color={classColors[i] as string} /> {name}
            </UnstyledButton>
          ))}
        </Group>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }} spacing="md">
        {CURVE_KINDS.map((kind) => (
          <CurvePanel key={kind} kind={kind} classColors={classColors} hidden={hidden} {...props} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

type PanelProps = PanelsProps & {
  kind: CurveKind;
  classColors: readonly string[];
  hidden: ReadonlySet<number>;
};

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

function Curve({ kind, curves, evaluation, basis, average, classColors, hidden }: PanelProps) {
  const { confidence } = useAt();
  const { place } = useHand();
  const set = curves[basis];
  const { curves: rates } = useAt();
  const best = useMemo(
    () =>
      rates ? bestConfidence(rates, average, evaluation.confidence_floor) : evaluation.best_confidence[basis],
    [rates, average, evaluation, basis],
  );
  const option = useCallback(
    (colors: ChartColors) =>
      curveOption(colors, curves, set, kind, {
        classColors,
        hidden,
        best,
      }),
    [curves, set, kind, classColors, hidden, best],
  );
  const [markX, markY] = markOf(curves, set, kind, confidence);
  const pick = useCallback(
    (x: number) => {
      const picked = Math.min(1, Math.max(evaluation.confidence_floor, x));
      place({ confidence: Number(picked.toFixed(3)) });
    },
    [place, evaluation.confidence_floor],
  );
  return (
    <Chart
      option={option}
      mark={{ x: markX, y: markY, line: kind !== "pr" }}
      height={230}
      label={`${CURVE_TITLES[kind]}; ${formatMetric(markY)} at confidence ${formatThreshold(confidence)}`}
      onPickX={kind === "pr" ? undefined : pick}
    />
  );
}
