import { Anchor, Group, Select, SimpleGrid, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { Link } from "react-router";
import { useComparison, useCurvesOf } from "@/api/evaluations";
import type { Basis, Comparison, Run } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { ClassDot } from "@/components/ClassDot";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { formatMetric } from "@/lib/format";
import { Change } from "../results/Headline";
import { CURVE_KINDS, CURVE_TITLES } from "../results/curveCharts";
import { ChangedImages } from "./ChangedImages";
import type { CompareAddress } from "./compare";
import { speedOption, togetherOption } from "./evaluationCharts";

/** What the evaluations of several runs tell: the first is the one that the others are compared with. */
export function MeasuredAlike({
  runs,
  names,
  address,
  onAddress,
}: {
  runs: readonly Run[];
  names: readonly string[];
  address: CompareAddress;
  onAddress: (change: Partial<CompareAddress>) => void;
}) {
  const measured = useMemo(() => runs.filter(({ evaluation }) => evaluation !== null), [runs]);
  const ids = useMemo(() => measured.flatMap(({ evaluation }) => evaluation ?? []), [measured]);
  const comparison = useComparison(ids);
  const ownNames = measured.map((run) => names[runs.indexOf(run)] ?? run.name);
  if (ids.length < 2) {
    return (
      <Panel title="Measured alike">
        <Text size="sm" c="dimmed">
          Two runs or more have to be evaluated before their curves and images can be compared.
        </Text>
      </Panel>
    );
  }
  if (comparison.isError)
    return <ErrorNotice error={comparison.error} onRetry={() => void comparison.refetch()} />;
  if (!comparison.data) return <Skeleton height={420} role="status" aria-label="Loading" />;
  return (
    <Stack gap="md">
      {comparison.data.note && (
        <Text size="sm" role="note">
          {comparison.data.note}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Curves ids={ids} names={ownNames} address={address} onAddress={onAddress} />
        <Speeds comparison={comparison.data} names={ownNames} basis={address.basis} />
      </SimpleGrid>
      <ClassDeltas comparison={comparison.data} names={ownNames} basis={address.basis} />
      {comparison.data.is_comparable && (
        <ChangedImages ids={ids} runs={measured} names={ownNames} address={address} onAddress={onAddress} />
      )}
    </Stack>
  );
}

function Curves({
  ids,
  names,
  address,
  onAddress,
}: {
  ids: readonly number[];
  names: readonly string[];
  address: CompareAddress;
  onAddress: (change: Partial<CompareAddress>) => void;
}) {
  const { basis, curve } = address;
  const curves = useCurvesOf(ids).map(({ data }) => data);
  const drawn = [...ids, ...curves.map(Boolean), ...names].join();
  const option = useCallback(
    (colors: ChartColors) => togetherOption(colors, names, curves, basis, curve),
    // The queries give a new array each time; a chart is drawn anew when what it shows has changed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [drawn, basis, curve],
  );
  return (
    <Panel
      title={`${basis === "mask" ? "Masks" : "Boxes"}, mean of the classes, IoU 0.50`}
      aside={
        <Select
          size="xs"
          w={200}
          aria-label="Curve"
          allowDeselect={false}
          value={curve}
          onChange={(value) => onAddress({ curve: CURVE_KINDS.find((kind) => kind === value) ?? "pr" })}
          data={CURVE_KINDS.map((value) => ({ value, label: CURVE_TITLES[value] }))}
        />
      }
    >
      <Chart option={option} height={280} label={`${CURVE_TITLES[curve]} of ${ids.length} runs`} />
    </Panel>
  );
}

function Speeds({
  comparison,
  names,
  basis,
}: {
  comparison: Comparison;
  names: readonly string[];
  basis: Basis;
}) {
  const option = useCallback(
    (colors: ChartColors) => speedOption(colors, comparison.evaluations, names, basis),
    [comparison, names, basis],
  );
  const timed = comparison.evaluations.filter(({ speed }) => speed !== null);
  const devices = new Set(timed.map(({ speed }) => speed?.device_name));
  return (
    <Panel title="Fast, small, right">
      {timed.length === 0 ? (
        <Text size="sm" c="dimmed">
          None of these evaluations was timed. Evaluate again, on the Results page of each run.
        </Text>
      ) : (
        <Chart
          option={option}
          height={256}
          label={`mAP50-95 against time an image of ${timed.length} runs`}
        />
      )}
      <Text size="xs" c="dimmed" mt={4}>
        mAP50-95 against milliseconds an image, all steps; the area of a bubble is the size of the checkpoint.
        {devices.size > 1 && " They were timed on different devices, so times do not compare."}
        {timed.length > 0 &&
          timed.length < comparison.evaluations.length &&
          " Those that were not timed are left out."}
      </Text>
    </Panel>
  );
}

function ClassDeltas({
  comparison,
  names,
  basis,
}: {
  comparison: Comparison;
  names: readonly string[];
  basis: Basis;
}) {
  const { evaluations, classes } = comparison;
  const cell = (value: number | undefined, first: number | undefined, i: number) => (
    <Table.Td key={i} ta="right">
      {formatMetric(value)}
      {i > 0 && value !== undefined && first !== undefined && <Change value={value - first} />}
    </Table.Td>
  );
  return (
    <Panel
      title={`${basis === "mask" ? "Mask" : "Box"} mAP50-95 by class`}
      flush
      aside={
        <Text size="xs" c="dimmed">
          changes against {names[0]}
        </Text>
      }
    >
      <Table miw={220 + 130 * names.length}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Class</Table.Th>
            {evaluations.map(({ id, run }, i) => (
              <Table.Th key={id} ta="right" maw={220}>
                <Anchor component={Link} to={`/runs/${run}/results`} size="sm" c="inherit">
                  <Text span inherit truncate display="block" title={names[i]}>
                    {names[i]}
                  </Text>
                </Anchor>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Table.Tr fw={600}>
            <Table.Td>All classes</Table.Td>
            {evaluations.map((evaluation, i) =>
              cell(evaluation[basis].map50_95, evaluations[0]?.[basis].map50_95, i),
            )}
          </Table.Tr>
          {classes.map((row) => (
            <Table.Tr key={row.name}>
              <Table.Td maw={260}>
                <Group gap="xs" wrap="nowrap">
                  <ClassDot color={row.color} />
                  <Text size="sm" truncate title={row.name}>
                    {row.name}
                  </Text>
                </Group>
              </Table.Td>
              {row[basis].map((figures, i) => cell(figures?.map50_95, row[basis][0]?.map50_95, i))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
