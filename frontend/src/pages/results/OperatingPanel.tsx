import { Anchor, Text } from "@mantine/core";
import { type ReactNode, useCallback, useMemo } from "react";
import { Link, useNavigate } from "react-router";
import type { Columns } from "@/review-data/columns";
import type { OutcomeFilter } from "@/review-data/select";
import {
  classRates,
  confidenceHistogram,
  type Tally,
  totalRates,
  wrongClassCount,
} from "@/review-data/tally";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { Panel, Stat, Stats } from "@/components/Page";
import { formatCount, formatMetric } from "@/lib/format";
import { objectsAddress, type Position } from "../review/address";
import { useAt } from "../review/AtConfidence";
import { Thresholds, thresholdWords } from "../review/PositionBar";
import { histogramOption } from "./histogramChart";

/** A bin's borders have two digits, as bands of the gallery do. */
const BINS = 50;

/** What the model does where the slider stands; each count opens its objects. */
export function OperatingPanel({
  run,
  columns,
  position,
}: {
  run: number;
  columns: Columns;
  position: Position;
}) {
  return (
    <Panel title="Where the slider stands" aside={<Thresholds position={position} />}>
      <div style={{ display: "flex", flexWrap: "wrap", gap: "16px 40px", alignItems: "flex-start" }}>
        <div style={{ flex: "1 1 320px" }}>
          <Counts run={run} position={position} />
          <Text size="xs" c="dimmed" mt="sm" maw={460}>
            Over all objects, below them the mean of the classes. A prediction and a label match whatever
            their classes; a wrong class is a false positive of the one and a miss of the other.
          </Text>
        </div>
        <div style={{ flex: "1 1 360px" }}>
          <Confidences run={run} columns={columns} position={position} />
        </div>
      </div>
    </Panel>
  );
}

function Confidences({ run, columns, position }: { run: number; columns: Columns; position: Position }) {
  const { confidence } = useAt();
  const navigate = useNavigate();
  const openBin = useCallback(
    (x: number) => {
      const begin = Math.min(BINS - 1, Math.floor(x * BINS)) / BINS;
      const at = { ...position, confidence: Math.max(columns.confidenceFloor, Math.min(confidence, begin)) };
      void navigate(objectsAddress(run, at, { sure: [begin, begin + 1 / BINS] }));
    },
    [navigate, run, position, columns, confidence],
  );
  const histogram = useMemo(() => confidenceHistogram(columns, BINS), [columns]);
  const option = useCallback((colors: ChartColors) => histogramOption(colors, histogram), [histogram]);
  return (
    <Chart
      option={option}
      mark={{ x: confidence, line: true }}
      height={170}
      onPickX={openBin}
      label={`Predictions by confidence, ${thresholdWords(position, confidence)}`}
    />
  );
}

function Counts({ run, position }: { run: number; position: Position }) {
  const { confidence, tally } = useAt();
  if (!tally) return null;
  const all = totalRates(tally);
  const wrongClass = wrongClassCount(tally);
  const means = meanRates(tally);
  const open = (outcome: OutcomeFilter, count: number): ReactNode =>
    count === 0 ? (
      "0"
    ) : (
      <Anchor
        component={Link}
        inherit
        // Not told by colour alone that it leads somewhere.
        underline="always"
        style={{ textDecorationThickness: 1, textUnderlineOffset: 5 }}
        to={objectsAddress(run, { ...position, confidence }, { outcome })}
        title="Look at them"
      >
        {formatCount(count)}
      </Anchor>
    );
  const falseOnes = all.predictions - all.truePositives - wrongClass;
  return (
    <>
      <Stats>
        <Stat
          label="Precision"
          value={formatMetric(all.precision)}
          hint={`classes ${formatMetric(means.precision)}`}
        />
        <Stat
          label="Recall"
          value={formatMetric(all.recall)}
          hint={`classes ${formatMetric(means.recall)}`}
        />
        <Stat label="F1" value={formatMetric(all.f1)} hint={`classes ${formatMetric(means.f1)}`} />
      </Stats>
      <div style={{ height: 16 }} />
      <Stats>
        <Stat label="Correct" value={open("right", all.truePositives)} />
        <Stat label="False positives" value={open("false", falseOnes)} />
        <Stat label="Wrong class" value={open("wrong_class", wrongClass)} />
        <Stat label="Missed" value={open("missed", all.labels - all.truePositives - wrongClass)} />
      </Stats>
    </>
  );
}

/** Means over the classes that have labels, as the curves are. */
function meanRates(tally: Tally) {
  const rows = classRates(tally).filter(({ labels }) => labels > 0);
  const mean = (field: "precision" | "recall" | "f1") =>
    rows.length === 0 ? null : rows.reduce((sum, row) => sum + (row[field] ?? 0), 0) / rows.length;
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}
