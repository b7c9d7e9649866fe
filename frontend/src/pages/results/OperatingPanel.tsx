import { SegmentedControl, Text, Tooltip } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { useNavigate } from "react-router";
import type { Evaluation } from "@/api/types";
import type { Columns } from "@/review-data/columns";
import {
  type Average,
  AVERAGE_WORDS,
  averageRates,
  AVERAGES,
  classRates,
  MATCH_RULE,
  type Rate,
} from "@/review-data/rates";
import type { OutcomeFilter } from "@/review-data/select";
import { confidenceHistogram, wrongClassCount } from "@/review-data/tally";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { Panel, Stat, Stats } from "@/components/Page";
import { figureWords, formatThreshold } from "@/lib/figures";
import { formatCount } from "@/lib/format";
import { objectsAddress, type Position } from "../review/address";
import { useAt } from "../review/AtConfidence";
import { Thresholds, thresholdWords } from "../review/PositionBar";
import { histogramOption } from "./histogramChart";
import { NumberLink } from "./NumberLink";

/** A bin's borders have two digits, as bands of the gallery do. */
const BINS = 50;
const RATES: readonly (readonly [Rate, string, OutcomeFilter])[] = [
  ["precision", "Precision", "predicted"],
  ["recall", "Recall", "labelled"],
  ["f1", "F1", "all"],
];

/** Precision, recall and F1 at the slider's confidence, and the counts that they are of: each opens its objects. */
export function OperatingPanel({
  run,
  evaluation,
  columns,
  position,
  average,
  onAverage,
}: {
  run: number;
  evaluation: Evaluation;
  columns: Columns;
  position: Position;
  average: Average;
  onAverage: (average: Average) => void;
}) {
  return (
    <Panel title="At this confidence" aside={<Thresholds position={position} />}>
      <div style={{ display: "flex", flexWrap: "wrap", gap: "16px 40px", alignItems: "flex-start" }}>
        <div style={{ flex: "1 1 320px" }}>
          <SegmentedControl
            size="xs"
            mb="sm"
            aria-label="Precision, recall and F1 of"
            value={average}
            onChange={(value) => onAverage(AVERAGES.find((each) => each === value) ?? "classes")}
            data={AVERAGES.map((value) => ({ value, label: capital(AVERAGE_WORDS[value]) }))}
          />
          <Counts run={run} evaluation={evaluation} position={position} average={average} />
          <Text size="xs" c="dimmed" mt="sm" maw={460}>
            {MATCH_RULE} In the mean of classes, classes without labels are left out, and a class of which
            nothing is predicted counts as 0.
          </Text>
        </div>
        <div style={{ flex: "1 1 360px" }}>
          <Confidences run={run} columns={columns} position={position} />
        </div>
      </div>
    </Panel>
  );
}

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

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

function Counts({
  run,
  evaluation,
  position,
  average,
}: {
  run: number;
  evaluation: Evaluation;
  position: Position;
  average: Average;
}) {
  const { confidence, tally } = useAt();
  if (!tally) return null;
  const rates = averageRates(classRates(tally), average);
  const wrongClass = wrongClassCount(tally);
  const address = (outcome: OutcomeFilter) => objectsAddress(run, { ...position, confidence }, { outcome });
  const falseOnes = rates.predictions - rates.truePositives - wrongClass;
  const missed = rates.labels - rates.truePositives - wrongClass;
  const counts: readonly (readonly [string, OutcomeFilter, number])[] = [
    ["Correct", "right", rates.truePositives],
    ["False positives", "false", falseOnes],
    ["Wrong class", "wrong_class", wrongClass],
    ["Missed", "missed", missed],
  ];
  return (
    <>
      <Stats>
        {RATES.map(([rate, label, outcome]) => (
          <Stat
            key={rate}
            label={label}
            value={
              <WithUltralytics evaluation={evaluation} basis={position.basis} rate={rate}>
                <NumberLink to={address(outcome)} isUnderlined>
                  {figureWords(rates[rate], rates.reason)}
                </NumberLink>
              </WithUltralytics>
            }
          />
        ))}
      </Stats>
      <div style={{ height: 16 }} />
      <Stats>
        {counts.map(([label, outcome, count]) => (
          <Stat
            key={outcome}
            label={label}
            value={
              <NumberLink to={address(outcome)} isUnderlined>
                {formatCount(count)}
              </NumberLink>
            }
          />
        ))}
      </Stats>
    </>
  );
}

/** Ultralytics' number of the same name, under its own name. */
function WithUltralytics({
  evaluation,
  basis,
  rate,
  children,
}: {
  evaluation: Evaluation;
  basis: Position["basis"];
  rate: Rate;
  children: React.ReactNode;
}) {
  const own = evaluation.ultralytics[basis];
  if (rate === "f1" || own[rate] === null) return children;
  return (
    <Tooltip
      multiline
      w={300}
      label={`Ultralytics' ${rate}, at its best-F1 confidence ${formatThreshold(own.confidence)}, smoothed, mean of classes: ${figureWords(own[rate])}`}
    >
      <span>{children}</span>
    </Tooltip>
  );
}
