import { Anchor, Button, Group, Select, Skeleton, Table, Text } from "@mantine/core";
import { memo, useMemo, useState } from "react";
import { Link } from "react-router";
import { useDataset } from "@/api/datasets";
import { isActive } from "@/api/jobs";
import { useRuns } from "@/api/runs";
import type { Evaluation, Run, RunProgress, Split } from "@/api/types";
import { useRunProgress, useStartProgress } from "@/api/verdicts";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { figureWords, shownDifference } from "@/lib/figures";
import { may } from "@/lib/roles";
import type { Rate } from "@/review-data/rates";
import { NumberLink } from "../results/NumberLink";
import { DEFAULT_IOU, objectsAddress } from "../review/address";
import { compareAddress } from "../runs/compare";

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
      {data.before && data.after && <Changes progress={data} />}
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
export function describeProgress(progress: RunProgress): string {
  const { against, same_version } = progress;
  if (!against) return "";
  const [labels, model, total] = parts(progress, maskMap50);
  const steps = [progress.before, progress.between, progress.after];
  const areMeasured = steps.every((step) => step?.state === "finished");
  if (total === null && areMeasured)
    return `Since ${against.name}: in one of the evaluations nothing was found, so mask mAP50 has no difference.`;
  if (total === null) return `How this run compares with ${against.name} is not known yet.`;
  const head = `Since ${against.name}: mask mAP50 ${signed(total)}`;
  if (same_version) return `${head}, all of it the model’s: both were trained on the same version.`;
  if (labels === null || model === null) return `${head}. How much of it are better labels is not known yet.`;
  return `${head}: labels ${signed(labels)}, model ${signed(model)}.`;
}

/** With its sign, and no minus before nothing. */
export function signed(value: number): string {
  const text = Math.abs(value).toFixed(3);
  if (Number(text) === 0) return "±0.000";
  return `${value < 0 ? "−" : "+"}${text}`;
}

type Read = (step: Evaluation) => number | null;
type Basis = "mask" | "box";

const rate =
  (basis: Basis, name: Rate): Read =>
  ({ operating }) =>
    operating?.[basis].mean_of_classes[name] ?? null;

/** Rates are the mean of the classes, each evaluation at its own best confidence. */
const ROWS: readonly (readonly [string, Read])[] = (["mask", "box"] as const).flatMap((basis) => {
  const what = basis === "mask" ? "Masks" : "Boxes";
  return [
    [`${what} mAP50`, (step: Evaluation) => step[basis].map50],
    [`${what} mAP50-95`, (step: Evaluation) => step[basis].map50_95],
    [`${what} precision`, rate(basis, "precision")],
    [`${what} recall`, rate(basis, "recall")],
    [`${what} F1`, rate(basis, "f1")],
  ] as const;
});
const maskMap50: Read = ({ mask }) => mask.map50;

/** What better labels did, what the model did, and both together: differences of figures as they are shown, so
 *  that they add up. */
export function parts(
  {
    before,
    between,
    after,
    same_version,
  }: Pick<RunProgress, "before" | "between" | "after" | "same_version">,
  read: Read,
): [labels: number | null, model: number | null, total: number | null] {
  const value = (step: Evaluation | null) => (step?.state === "finished" ? read(step) : null);
  const middle = same_version ? before : between;
  return [
    shownDifference(value(before), value(middle)),
    shownDifference(value(middle), value(after)),
    shownDifference(value(before), value(after)),
  ];
}

/** Figures open the objects of their evaluation, differences both runs side by side. */
function Changes({ progress }: { progress: RunProgress }) {
  const { before, after, run, against } = progress;
  const compared = compareAddress([...(against ? [against.id] : []), run.id]);
  const objects = (step: Evaluation) =>
    objectsAddress(step.run, { evaluation: step.id, basis: "mask", iou: DEFAULT_IOU, confidence: null });
  const figure = (step: Evaluation | null, read: Read) =>
    step && (
      <NumberLink to={objects(step)}>
        {figureWords(read(step), step.reason || step.operating?.mask.reason)}
      </NumberLink>
    );
  return (
    <Table mb="sm" maw={760} verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr>
          <Table.Td />
          {["Before", "Labels", "Model", "Together", "After"].map((name) => (
            <Table.Th key={name} ta="right">
              {name}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {ROWS.map(([label, read]) => (
          <Table.Tr key={label}>
            <Table.Td>{label}</Table.Td>
            <Table.Td ta="right" className="tabular">
              {figure(before, read)}
            </Table.Td>
            {parts(progress, read).map((part, i) => (
              <Table.Td key={i} ta="right" className="tabular" fw={i === 2 ? 600 : undefined}>
                {part === null ? (
                  "–"
                ) : (
                  <NumberLink to={compared} title="Compare the two runs">
                    {signed(part)}
                  </NumberLink>
                )}
              </Table.Td>
            ))}
            <Table.Td ta="right" className="tabular">
              {figure(after, read)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
