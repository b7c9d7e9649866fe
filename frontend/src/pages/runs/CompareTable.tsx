import { ActionIcon, Anchor, Group, Table, Text, Tooltip, useComputedColorScheme } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Basis, Checkpoint, Epoch, Evaluation, FigureReason, Run } from "@/api/types";
import { chartColors } from "@/components/chart/style";
import { StateBadge } from "@/components/StateBadge";
import { figureWords } from "@/lib/figures";
import { formatBytes, formatCount, formatDuration } from "@/lib/format";
import type { Rate } from "@/review-data/rates";
import { NumberLink } from "../results/NumberLink";
import { millisecondsOf } from "./evaluationCharts";
import type { Measured, MeasuredRun } from "./measured";
import { bestColumns, parameterRows, uniqueNames } from "./compare";
import classes from "./Runs.module.css";

export type Compared = { run: Run; epochs: readonly Epoch[]; best: Checkpoint | undefined };

type MetricRow = {
  name: string;
  read: (measured: MeasuredRun) => number | null | undefined;
  reason: (measured: MeasuredRun) => FigureReason;
};
const precisionRow = (basis: Basis, figure: "map50_95" | "map50"): MetricRow => ({
  name: `${BASIS_WORDS[basis]} ${figure === "map50" ? "mAP50" : "mAP50-95"}`,
  read: ({ evaluation }) => evaluation[basis][figure],
  reason: ({ evaluation }) => evaluation.reason,
});
const rateRow = (basis: Basis, rate: Rate, word: string): MetricRow => ({
  name: `${BASIS_WORDS[basis]} ${word}`,
  read: ({ point }) => point?.mean_of_classes[rate],
  reason: ({ point }) => point?.reason ?? "not_evaluated",
});
const BASIS_WORDS: Record<Basis, string> = { mask: "Mask", box: "Box" };
const metricRows = (basis: Basis): readonly MetricRow[] => [
  precisionRow(basis, "map50_95"),
  precisionRow(basis, "map50"),
  rateRow(basis, "precision", "precision"),
  rateRow(basis, "recall", "recall"),
  rateRow(basis, "f1", "F1"),
  precisionRow(basis === "mask" ? "box" : "mask", "map50_95"),
];

/** What an image takes and what the model has, as text. */
const COST_ROWS: readonly { name: string; read: (evaluation: Evaluation) => string | null }[] = [
  {
    name: "Time an image",
    read: (evaluation) => {
      const ms = millisecondsOf(evaluation);
      return ms === null ? null : `${ms.toFixed(1)} ms`;
    },
  },
  {
    name: "Timed on",
    read: ({ speed }) => speed && `${speed.device_name}, batch ${speed.batch}`,
  },
  {
    name: "Parameters",
    read: ({ speed }) => (speed?.parameters == null ? null : formatCount(speed.parameters)),
  },
  {
    name: "GFLOPs",
    read: ({ speed, image_size: side }) =>
      speed?.gflops == null ? null : `${speed.gflops.toFixed(1)} at ${side} × ${side}`,
  },
];

/** One column a run: what it came to, then what it was asked for. */
export function CompareTable({
  items,
  measured,
  basis,
  showAll,
  onRemove,
}: {
  items: readonly Compared[];
  measured: Measured;
  basis: Basis;
  showAll: boolean;
  onRemove: (id: number) => void;
}) {
  const runs = items.map(({ run }) => run);
  const names = uniqueNames(runs);
  const colors = chartColors(useComputedColorScheme("light")).series;
  const parameters = parameterRows(runs).filter(({ differs }) => differs || showAll);
  const cells = (render: (item: Compared, i: number) => ReactNode) =>
    items.map((item, i) => <Table.Td key={item.run.id}>{render(item, i)}</Table.Td>);
  return (
    <Table className={classes.compare} miw={160 + 170 * runs.length}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={160} scope="col">
            Run
          </Table.Th>
          {runs.map((run, i) => (
            <Table.Th key={run.id} scope="col" miw={150} maw={260}>
              <Group gap={8} wrap="nowrap">
                <span
                  className={classes.line}
                  style={{
                    borderTopColor: colors[i % colors.length],
                    borderTopStyle: i < colors.length ? "solid" : "dashed",
                  }}
                />
                <Anchor component={Link} to={`/runs/${run.id}`} size="sm" truncate title={run.name}>
                  {names[i]}
                </Anchor>
                <Tooltip label="Leave out">
                  <ActionIcon
                    size="xs"
                    variant="subtle"
                    color="gray"
                    aria-label={`Leave ${names[i]} out`}
                    onClick={() => onRemove(run.id)}
                  >
                    <IconX size={14} />
                  </ActionIcon>
                </Tooltip>
              </Group>
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        <Table.Tr>
          <Table.Th scope="row">State</Table.Th>
          {cells(({ run }) => (
            <StateBadge state={run.state} paused={run.is_paused} />
          ))}
        </Table.Tr>
        {metricRows(basis).map(({ name, read, reason }) => {
          const found = runs.map((run) => measured.of(run));
          const values = found.map((one) => one && read(one));
          const best = bestColumns(values);
          return (
            <Table.Tr key={name}>
              <Table.Th scope="row">{name}</Table.Th>
              {cells(({ run }, i) => (
                <Text size="sm" className="tabular" fw={best.has(i) ? 700 : 400}>
                  <NumberLink to={`/runs/${run.id}/results`} title="Open its results">
                    {figureWords(values[i], found[i] ? reason(found[i]) : "not_evaluated")}
                  </NumberLink>
                  {best.has(i) && (
                    <Text span size="xs" c="dimmed">
                      {" "}
                      best
                    </Text>
                  )}
                </Text>
              ))}
            </Table.Tr>
          );
        })}
        <Table.Tr>
          <Table.Th scope="row">Epochs done</Table.Th>
          {cells(({ run }) => (
            <Text size="sm" className="tabular">
              {run.origin === "uploaded" ? "not known" : `${run.epoch} of ${run.epochs}`}
              {run.best?.epoch != null && `, best ${run.best.epoch}`}
            </Text>
          ))}
        </Table.Tr>
        <Table.Tr>
          <Table.Th scope="row">Duration</Table.Th>
          {cells(({ run }) => (run.origin === "here" ? formatDuration(run.duration_seconds) : "not known"))}
        </Table.Tr>
        <Table.Tr>
          <Table.Th scope="row">An epoch takes</Table.Th>
          {cells(({ run, epochs }) =>
            run.origin === "here" ? formatDuration(epochs.at(-1)?.seconds) : "not known",
          )}
        </Table.Tr>
        <Table.Tr>
          <Table.Th scope="row">Size of best.pt</Table.Th>
          {cells(({ best }) => (best ? formatBytes(best.size_bytes) : "–"))}
        </Table.Tr>
        {COST_ROWS.map(({ name, read }) => (
          <Table.Tr key={name}>
            <Table.Th scope="row">{name}</Table.Th>
            {cells(({ run }) => {
              const found = measured.of(run);
              return (found && read(found.evaluation)) ?? "not measured";
            })}
          </Table.Tr>
        ))}
        {parameters.map(({ name, values, differs }) => (
          <Table.Tr key={name}>
            <Table.Th scope="row">{name}</Table.Th>
            {cells((_, i) => (
              <Text size="sm" c={differs ? undefined : "dimmed"} style={{ overflowWrap: "anywhere" }}>
                {values[i]}
              </Text>
            ))}
          </Table.Tr>
        ))}
        {parameters.length === 0 && (
          <Table.Tr>
            <Table.Td colSpan={runs.length + 1} c="dimmed">
              They were asked for in the same way, on the same version.
            </Table.Td>
          </Table.Tr>
        )}
      </Table.Tbody>
    </Table>
  );
}
