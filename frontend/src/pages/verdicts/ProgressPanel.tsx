import { Anchor, Button, Group, Select, Skeleton, Table, Text } from "@mantine/core";
import { memo, useMemo, useState } from "react";
import { Link } from "react-router";
import { useDataset } from "@/api/datasets";
import { isActive } from "@/api/jobs";
import { useRuns } from "@/api/runs";
import type { MetricSet, Run, RunProgress, Split } from "@/api/types";
import { useRunProgress, useStartProgress } from "@/api/verdicts";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { may } from "@/lib/roles";

/** Since an earlier run: what better labels did, and what the model. Nothing for the first run of a dataset. */
export const ProgressPanel = memo(function ProgressPanel({ run, split }: { run: Run; split: Split }) {
  const [chosen, setChosen] = useState<number | undefined>();
  const progress = useRunProgress(run.id, { against: chosen, split });
  const start = useStartProgress(run.id);
  const { data: dataset } = useDataset(run.dataset);
  const runs = useRuns({ dataset: run.dataset, state: "finished", search: "" });
  const others = useMemo(
    () =>
      runs.items
        .filter(({ id }) => id !== run.id)
        .map(({ id, name, version }) => ({
          value: String(id),
          label: `${name} (version ${version.number})`,
        })),
    [runs.items, run.id],
  );
  const data = progress.data;
  if (progress.isPending) return <Skeleton height={120} radius={8} />;
  if (progress.isError) return <ErrorNotice error={progress.error} onRetry={() => void progress.refetch()} />;
  if (!data?.against) return null;
  const working = [data.before, data.between, data.after].find((step) => step && isActive(step.state));
  return (
    <Panel
      title="Since an earlier run"
      aside={
        <Select
          size="xs"
          w={260}
          aria-label="Compare with"
          allowDeselect={false}
          searchable
          value={String(data.against.id)}
          onChange={(value) => setChosen(Number(value))}
          data={
            others.some(({ value }) => value === String(data.against?.id))
              ? others
              : [{ value: String(data.against.id), label: data.against.name }, ...others]
          }
        />
      }
    >
      <Text size="sm" mb="sm">
        {describeProgress(data)}
      </Text>
      {data.mask.total && <Changes progress={data} />}
      {working && (
        <ProgressLine
          progress={working.progress}
          label={`Evaluating ${working.run_name} on version ${working.version.number}`}
        />
      )}
      {start.isError && <ErrorNotice error={start.error} />}
      {data.missing > 0 && !working && may(dataset?.role, "assign") && (
        <Group gap="sm">
          <Button
            size="xs"
            variant="light"
            loading={start.isPending}
            onClick={() => start.mutate({ against: data.against?.id, split })}
          >
            Evaluate {data.against.name} on version {data.run.version.number}
          </Button>
          <Text size="xs" c="dimmed">
            Its checkpoint on today’s labels tells better labels from a better model.
          </Text>
        </Group>
      )}
      <Text size="xs" c="dimmed" mt="sm">
        best.pt on the {split} split. Labels: from version {data.against.version.number} to{" "}
        {data.run.version.number} with the same model,{" "}
        <Anchor component={Link} to={`/runs/${data.against.id}/results`} size="xs">
          {data.against.name}
        </Anchor>
        . Model: on the same version {data.run.version.number}.
      </Text>
    </Panel>
  );
});

/** "Since run 7: mask mAP50 +0.080: labels +0.030, model +0.050." */
export function describeProgress({ against, same_version, mask }: RunProgress): string {
  if (!against) return "";
  const { labels, model, total } = mask;
  if (!total) return `How this run compares with ${against.name} is not known yet.`;
  const head = `Since ${against.name}: mask mAP50 ${signed(total.map50)}`;
  if (same_version) return `${head}, all of it the model’s: both were trained on the same version.`;
  if (!labels || !model) return `${head}. How much of it are better labels is not known yet.`;
  return `${head}: labels ${signed(labels.map50)}, model ${signed(model.map50)}.`;
}

/** With its sign, and no minus before nothing. */
export function signed(value: number): string {
  const text = Math.abs(value).toFixed(3);
  if (Number(text) === 0) return "±0.000";
  return `${value < 0 ? "−" : "+"}${text}`;
}

const FIGURES: [keyof MetricSet, string][] = [
  ["map50", "mAP50"],
  ["map50_95", "mAP50-95"],
  ["precision", "Precision"],
  ["recall", "Recall"],
];

function Changes({ progress: { mask, box } }: { progress: RunProgress }) {
  return (
    <Table mb="sm" maw={620} verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th />
          <Table.Th ta="right">Labels</Table.Th>
          <Table.Th ta="right">Model</Table.Th>
          <Table.Th ta="right">Together</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {(
          [
            ["Masks", mask],
            ["Boxes", box],
          ] as const
        ).flatMap(([what, change]) =>
          FIGURES.map(([name, label]) => (
            <Table.Tr key={`${what} ${name}`}>
              <Table.Td>
                {what} {label}
              </Table.Td>
              {([change.labels, change.model, change.total] as const).map((part, i) => (
                <Table.Td key={i} ta="right" className="tabular" fw={i === 2 ? 600 : undefined}>
                  {part ? signed(part[name]) : "–"}
                </Table.Td>
              ))}
            </Table.Tr>
          )),
        )}
      </Table.Tbody>
    </Table>
  );
}
