import { ActionIcon, Anchor, Group, Table, Text, Tooltip, useComputedColorScheme } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Checkpoint, Epoch, FigureReason, Run } from "@/api/types";
import { chartColors } from "@/components/chart/style";
import { StateBadge } from "@/components/StateBadge";
import { figureWords } from "@/lib/figures";
import { formatBytes, formatDuration } from "@/lib/format";
import type { Rate } from "@/review-data/rates";
import { NumberLink } from "../results/NumberLink";
import { bestColumns, parameterRows, uniqueNames } from "./compare";
import classes from "./Runs.module.css";

export type Compared = { run: Run; epochs: readonly Epoch[]; best: Checkpoint | undefined };

type MetricRow = {
  name: string;
  read: (run: Run) => number | null | undefined;
  reason: (run: Run) => FigureReason;
};
const bestReason = (run: Run): FigureReason => run.best?.reason ?? "";
const rateRow = (rate: Rate, word: string): MetricRow => ({
  name: `Mask ${word}`,
  read: (run) => run.operating?.mask.mean_of_classes[rate],
  reason: (run) => run.operating?.mask.reason ?? "",
});
/** Rates are counted as on the results page, each at its own best confidence. */
const METRIC_ROWS: readonly MetricRow[] = [
  { name: "Mask mAP50-95", read: (run) => run.best?.mask.map50_95, reason: bestReason },
  { name: "Mask mAP50", read: (run) => run.best?.mask.map50, reason: bestReason },
  rateRow("precision", "precision"),
  rateRow("recall", "recall"),
  rateRow("f1", "F1"),
  { name: "Box mAP50-95", read: (run) => run.best?.box.map50_95, reason: bestReason },
];

/** One column a run: what it came to, then what it was asked for. */
export function CompareTable({
  items,
  showAll,
  onRemove,
}: {
  items: readonly Compared[];
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
        {METRIC_ROWS.map(({ name, read, reason }) => {
          const values = runs.map(read);
          const best = bestColumns(values);
          return (
            <Table.Tr key={name}>
              <Table.Th scope="row">{name}</Table.Th>
              {cells(({ run }, i) => (
                <Text size="sm" className="tabular" fw={best.has(i) ? 700 : 400}>
                  <NumberLink to={`/runs/${run.id}/results`} title="Open its results">
                    {figureWords(values[i], reason(run))}
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
              {run.epoch} of {run.epochs}
              {run.best && `, best ${run.best.epoch}`}
            </Text>
          ))}
        </Table.Tr>
        <Table.Tr>
          <Table.Th scope="row">Duration</Table.Th>
          {cells(({ run }) => formatDuration(run.duration_seconds))}
        </Table.Tr>
        <Table.Tr>
          <Table.Th scope="row">An epoch takes</Table.Th>
          {cells(({ epochs }) => formatDuration(epochs.at(-1)?.seconds))}
        </Table.Tr>
        <Table.Tr>
          <Table.Th scope="row">Size of best.pt</Table.Th>
          {cells(({ best }) => (best ? formatBytes(best.size_bytes) : "–"))}
        </Table.Tr>
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
