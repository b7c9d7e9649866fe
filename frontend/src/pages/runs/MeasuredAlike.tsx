import { Anchor, Group, Select, SimpleGrid, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useCallback } from "react";
import { Link } from "react-router";
import { useCurvesOf } from "@/api/evaluations";
import type { Basis, Comparison, FigureReason, MetricSet, Run } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { ClassDot } from "@/components/ClassDot";
import { Panel } from "@/components/Page";
import { figureWords, shownDifference } from "@/lib/figures";
import { NumberLink } from "../results/NumberLink";
import { DEFAULT_IOU, objectsAddress } from "../review/address";
import { Change } from "../results/Headline";
import { CURVE_KINDS, CURVE_TITLES } from "../results/curveCharts";
import { ChangedImages } from "./ChangedImages";
import { type CompareAddress, openedAddress } from "./compare";
import { FlippedObjects } from "./FlippedObjects";
import type { Measured } from "./measured";
import { speedOption, togetherOption } from "./evaluationCharts";

/** What the evaluations of several runs tell: the first is the one that the others are compared with. */
export function MeasuredAlike({
  runs,
  names,
  measured,
  address,
  onAddress,
}: {
  runs: readonly Run[];
  names: readonly string[];
  measured: Measured;
  address: CompareAddress;
  onAddress: (change: Partial<CompareAddress>) => void;
}) {
  const { ids, comparison } = measured;
  const evaluated = runs.filter(({ evaluation }) => evaluation !== null);
  const ownNames = evaluated.map((run) => names[runs.indexOf(run)] ?? run.name);
  if (ids.length < 2) {
    return (
      <Panel title="Measured alike">
        <Text size="sm" c="dimmed">
          Two runs or more have to be evaluated before their curves and images can be compared.
        </Text>
      </Panel>
    );
  }
  if (!comparison)
    return measured.error ? null : <Skeleton height={420} role="status" aria-label="Loading" />;
  return (
    <Stack gap="md">
      {comparison.note && (
        <Text size="sm" role="note">
          {comparison.note}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Curves ids={ids} names={ownNames} address={address} onAddress={onAddress} />
        <Speeds comparison={comparison} names={ownNames} basis={address.basis} />
      </SimpleGrid>
      <ClassDeltas comparison={comparison} names={ownNames} address={address} />
      {comparison.is_comparable && (
        <>
          <FlippedObjects
            ids={ids}
            runs={evaluated}
            names={ownNames}
            comparison={comparison}
            address={address}
            onAddress={onAddress}
          />
          <ChangedImages
            ids={ids}
            runs={evaluated}
            names={ownNames}
            confidence={comparison.confidence}
            address={address}
            onAddress={onAddress}
          />
        </>
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
      title={`${basis === "mask" ? "Masks" : "Boxes"}, mean of classes, IoU 0.500`}
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

type Figure = { value: number | null; reason: FigureReason };

/** A class without labels in an evaluation has nothing to measure there. */
function ofClass(row: Comparison["classes"][number], basis: Basis): Figure[] {
  // The schema does not say that an entry may be null.
  return (row[basis] as (MetricSet | null)[]).map((figures) =>
    figures === null
      ? { value: null, reason: "nothing_to_measure" }
      : { value: figures.map50_95, reason: figures.map50_95 === null ? "nothing_found" : "" },
  );
}

/** The objects of an evaluation, or those of a class, at the confidence of all. */
function objectsOf(
  { id, run }: Comparison["evaluations"][number],
  { basis, confidence }: Comparison,
  index?: number,
): string {
  const position = { evaluation: id, basis, iou: DEFAULT_IOU, confidence };
  return objectsAddress(run, position, index === undefined ? {} : { class: index });
}

function ClassDeltas({
  comparison,
  names,
  address,
}: {
  comparison: Comparison;
  names: readonly string[];
  address: CompareAddress;
}) {
  const { evaluations, classes, is_comparable: canOpen } = comparison;
  const { basis } = address;
  const cell = (figure: Figure, first: Figure, i: number, index?: number) => {
    const evaluation = evaluations[i];
    return (
      <Table.Td key={i} ta="right">
        {evaluation && (
          <NumberLink to={objectsOf(evaluation, comparison, index)}>
            {figureWords(figure.value, figure.reason)}
          </NumberLink>
        )}
        {i > 0 && evaluation && (
          <Change
            value={shownDifference(first.value, figure.value)}
            title="Look at the objects that flipped"
            to={
              canOpen
                ? openedAddress(
                    address,
                    {
                      other: evaluation.id,
                      flip: (figure.value ?? 0) < (first.value ?? 0) ? "lost" : "found",
                      class: index ?? -1,
                    },
                    "flipped",
                  )
                : objectsOf(evaluation, comparison, index)
            }
          />
        )}
      </Table.Td>
    );
  };
  const all = evaluations.map((evaluation): Figure => {
    return { value: evaluation[basis].map50_95, reason: evaluation.reason };
  });
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
            {all.map((figure, i) => cell(figure, all[0] ?? figure, i))}
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
              {ofClass(row, basis).map((figure, i, figures) =>
                cell(figure, figures[0] ?? figure, i, evaluations[i]?.class_names.indexOf(row.name)),
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
