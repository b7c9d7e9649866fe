import { Anchor, SimpleGrid, Skeleton, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { type ReactNode, useCallback, useMemo } from "react";
import { Link } from "react-router";
import { usePeople } from "@/api/datasets";
import { useSession } from "@/api/session";
import type { People, PersonFigures } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import { categoryAxis, type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { formatCount, formatDay, formatDuration, formatMetric, formatPercent, plural } from "@/lib/format";
import { useUrlState } from "@/lib/urlState";
import { may, ROLE_WORDS } from "@/lib/roles";
import { useCurrentDataset } from "../dataset/DatasetLayout";
import {
  describeImported,
  everyDay,
  firstPassYield,
  secondsPerImage,
  secondsPerObject,
  sentBackRate,
  throughputOf,
} from "./figures";
import { PERIOD_ADDRESS, PeriodBar } from "./PeriodBar";
import { Reasons } from "./Reasons";

/** Who did what, who has what left, and how far the dataset is. */
export default function PeoplePage() {
  const dataset = useCurrentDataset();
  const [period, setPeriod] = useUrlState(PERIOD_ADDRESS);
  const people = usePeople(dataset.slug, period);
  const seesAll = may(dataset.role, "review");
  return (
    <Page
      title="People"
      lead={
        seesAll
          ? "Who did what, who has what left, and how far the dataset is."
          : "What you did, what you have left, and how far the dataset is."
      }
    >
      {people.isError && <ErrorNotice error={people.error} onRetry={() => void people.refetch()} />}
      {people.isPending && (
        <Stack aria-label="Loading">
          <Skeleton height={180} />
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Skeleton height={300} />
            <Skeleton height={300} />
          </SimpleGrid>
        </Stack>
      )}
      {people.data && (
        <Stack gap="md">
          <PeriodBar slug={dataset.slug} period={period} onChange={setPeriod} />
          <Panel flush>
            <Table.ScrollContainer minWidth={900}>
              <Figures slug={dataset.slug} people={people.data.people} />
            </Table.ScrollContainer>
          </Panel>
          <Text size="xs" c="dimmed">
            Time is that between saves that follow each other. A gap of more than 5 minutes is a pause and
            does not count; neither does the time before the first save. To review and Left are as they are
            now, whatever the period. {describeImported(people.data.imported)}
          </Text>
          <Reasons people={people.data} />
          <Charts people={people.data} />
        </Stack>
      )}
    </Page>
  );
}

const DAY_MS = 86_400_000;

const COLUMNS: { label: string; hint: string }[] = [
  { label: "Finished", hint: "Images marked done by this person; one that came back counts once" },
  { label: "Objects", hint: "Objects drawn by this person" },
  { label: "To review", hint: "Images finished by this person that no reviewer has seen yet" },
  { label: "Accepted", hint: "Times that a reviewer accepted this person's work" },
  { label: "Sent back", hint: "Times that it was sent back, and the share of all verdicts" },
  { label: "First pass", hint: "Of the images that had their first verdict, the share accepted at it" },
  {
    label: "Ground truth",
    hint: "How well second annotations of ground truth agree with it: mean IoU, images",
  },
  { label: "Per image", hint: "Time spent drawing, for each image finished; see below" },
  { label: "Per object", hint: "Time spent drawing, for each object drawn; see below" },
  {
    label: "Left",
    hint: "Images assigned to this person that are not finished, and second annotations to draw",
  },
];

function Figures({ slug, people }: { slug: string; people: readonly PersonFigures[] }) {
  const myId = useSession().data?.user?.id;
  return (
    <Table className="tabular">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Person</Table.Th>
          {COLUMNS.map(({ label, hint }) => (
            <Table.Th key={label} ta="right" style={{ whiteSpace: "nowrap" }}>
              <Tooltip label={hint} multiline maw={300}>
                <span>{label}</span>
              </Tooltip>
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {people.map((person) => (
          <Row key={person.user.id} {...{ slug, person }} isMe={person.user.id === myId} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ slug, person, isMe }: { slug: string; person: PersonFigures; isMe: boolean }) {
  const { user, role, finished, objects, waiting_for_review, accepted, sent_back, left } = person;
  const rate = sentBackRate(person);
  const seconds = secondsPerImage(person);
  const yielded = firstPassYield(person);
  return (
    <Table.Tr>
      <Table.Td miw={140}>
        <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
          {user.display_name || user.username}
          {isMe && (
            <Text span size="sm" c="dimmed">
              {" "}
              (you)
            </Text>
          )}
        </Text>
        <Text size="xs" c="dimmed">
          {ROLE_WORDS[role]}
        </Text>
      </Table.Td>
      <Figure>{formatCount(finished)}</Figure>
      <Figure>{formatCount(objects)}</Figure>
      <Figure>{formatCount(waiting_for_review)}</Figure>
      <Figure>{formatCount(accepted)}</Figure>
      <Figure>
        {formatCount(sent_back)}
        {rate !== null && (
          <Text span size="xs" c="dimmed">
            {" "}
            ({formatPercent(rate)})
          </Text>
        )}
      </Figure>
      <Figure>
        {yielded === null ? "–" : formatPercent(yielded)}
        {yielded !== null && (
          <Text size="xs" c="dimmed">
            {formatCount(person.first_pass.accepted)} of {formatCount(person.first_pass.judged)}
          </Text>
        )}
      </Figure>
      <Figure>
        {formatMetric(person.ground_truth.score)}
        {person.ground_truth.images > 0 && (
          <Text size="xs" c="dimmed">
            {plural(person.ground_truth.images, "image")}
          </Text>
        )}
      </Figure>
      <Figure>{formatDuration(seconds)}</Figure>
      <Figure>{formatDuration(secondsPerObject(person))}</Figure>
      <Figure>
        {left > 0 ? (
          <Anchor component={Link} to={`/datasets/${slug}?assignee=${user.id}`} size="sm">
            {formatCount(left)}
          </Anchor>
        ) : (
          0
        )}
        {person.left_sent_back > 0 && (
          <Text size="xs" c="dimmed">
            {formatCount(person.left_sent_back)} sent back
          </Text>
        )}
        {person.left_second > 0 && (
          <Text size="xs" c="dimmed">
            {plural(person.left_second, "second annotation")}
          </Text>
        )}
      </Figure>
    </Table.Tr>
  );
}

function Figure({ children }: { children: ReactNode }) {
  return (
    <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
      {children}
    </Table.Td>
  );
}

function Charts({ people }: { people: People }) {
  const throughput = useMemo(() => {
    const days = everyDay(people.throughput.map(({ day }) => day));
    return { days, rows: throughputOf(people, days) };
  }, [people]);
  const drawThroughput = useCallback(
    (colors: ChartColors) => throughputOption(colors, throughput),
    [throughput],
  );
  const drawProgress = useCallback(
    (colors: ChartColors) => progressOption(colors, people.progress),
    [people.progress],
  );
  if (people.progress.length === 0) {
    return (
      <EmptyState icon={IconUsers} title="Nothing has happened yet">
        Charts appear once there are images, and somebody finishes some.
      </EmptyState>
    );
  }
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Panel title="How far the dataset is">
        <Chart option={drawProgress} label="Images, finished and accepted ones, at the end of each day" />
      </Panel>
      <Panel title="Finished a day, in the last 60 days">
        {throughput.rows.length > 0 ? (
          <Chart option={drawThroughput} label="Images that each person finished on each day" />
        ) : (
          <Text size="sm" c="dimmed">
            Nobody has finished an image in this time.
          </Text>
        )}
      </Panel>
    </SimpleGrid>
  );
}

function throughputOption(
  colors: ChartColors,
  { days, rows }: { days: readonly string[]; rows: ReturnType<typeof throughputOf> },
) {
  return {
    tooltip: { ...tooltip(colors), axisPointer: { type: "shadow" } },
    grid: { left: 44, right: 16, top: 32, bottom: 24 },
    xAxis: categoryAxis(colors, days.map(formatDay)),
    yAxis: valueAxis(colors, { minInterval: 1 }),
    series: rows.map(({ name, counts }) => ({
      type: "bar",
      name,
      stack: "all",
      barMaxWidth: 28,
      data: counts,
    })),
  };
}

function progressOption(colors: ChartColors, progress: People["progress"]) {
  const lines = [
    { name: "Images", color: colors.dimmed, values: progress.map(({ images }) => images) },
    { name: "Finished", color: colors.series[5], values: progress.map(({ finished }) => finished) },
    { name: "Accepted", color: colors.accent, values: progress.map(({ accepted }) => accepted) },
  ];
  return {
    tooltip: tooltip(colors),
    grid: { left: 52, right: 16, top: 32, bottom: 24 },
    xAxis: valueAxis(colors, {
      type: "time",
      minInterval: DAY_MS,
      splitLine: { show: false },
      axisLabel: { color: colors.dimmed, fontSize: 11, formatter: "{MMM} {d}", hideOverlap: true },
    }),
    yAxis: valueAxis(colors, { minInterval: 1, min: 0 }),
    series: lines.map(({ name, color, values }) => ({
      type: "line",
      name,
      step: "end",
      showSymbol: progress.length === 1,
      lineStyle: { color, width: 2 },
      itemStyle: { color },
      data: values.map((value, i) => [progress[i]?.day, value]),
    })),
  };
}
