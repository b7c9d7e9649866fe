import { Badge, Group, SegmentedControl, Skeleton, Stack, Table, Text } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { useCallback, useState } from "react";
import { useServedStats } from "@/api/served";
import type { ServedStats } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { errorWords, formatMilliseconds, PART_WORDS } from "./words";

type Span = "slots" | "days";
type Slot = ServedStats["slots"][number];

/** Requests, errors and times of one name. */
export function Traffic({ name }: { name: string }) {
  const stats = useServedStats(name);
  const [span, setSpan] = useState<Span>("slots");
  return (
    <Panel
      title="Requests"
      aside={
        <SegmentedControl
          size="xs"
          value={span}
          onChange={(value) => setSpan(value)}
          data={[
            { value: "slots", label: "24 hours" },
            { value: "days", label: "30 days" },
          ]}
          aria-label="Span"
        />
      }
    >
      {stats.isError && <ErrorNotice error={stats.error} onRetry={() => void stats.refetch()} />}
      {stats.isPending && <Skeleton height={420} />}
      {stats.data && <Figures stats={stats.data} span={span} />}
    </Panel>
  );
}

function Figures({ stats, span }: { stats: ServedStats; span: Span }) {
  const slots = stats[span];
  const requests = useCallback((colors: ChartColors) => requestsOption(slots, span, colors), [slots, span]);
  const times = useCallback((colors: ChartColors) => timesOption(slots, span, colors), [slots, span]);
  if (slots.every((slot) => slot.requests === 0)) {
    return (
      <Text size="sm" c="dimmed">
        Nobody has asked in this time. Copy the lines above to send the first request.
      </Text>
    );
  }
  return (
    <Stack gap="md">
      <Group gap="xs">
        <Text size="sm">{plural(stats.requests, "request")} in 24 hours</Text>
        {stats.errors.map(({ code, count }) => (
          <Badge key={code} color="red" variant="light" tt="none">
            {errorWords(code)}: {formatCount(count)}
          </Badge>
        ))}
      </Group>
      <Chart option={requests} height={160} label="Requests and errors over time" />
      <Chart option={times} height={200} label="Time of the whole request: p50, p95 and p99" />
      <TimesTable parts={stats.parts} />
    </Stack>
  );
}

function TimesTable({ parts }: { parts: ServedStats["parts"] }) {
  return (
    <Table aria-label="Where the time goes, over 24 hours" style={{ fontVariantNumeric: "tabular-nums" }}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Part, over 24 hours</Table.Th>
          {["p50", "p95", "p99"].map((share) => (
            <Table.Th key={share} ta="right">
              {share}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {parts.map(({ part, p50, p95, p99 }) => (
          <Table.Tr key={part} fw={part === "whole" ? 600 : undefined}>
            <Table.Td>{PART_WORDS[part] ?? part}</Table.Td>
            {[p50, p95, p99].map((value, index) => (
              <Table.Td key={index} ta="right" style={{ whiteSpace: "nowrap" }}>
                {formatMilliseconds(value)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function timeAxis(slots: readonly Slot[], span: Span): EChartsCoreOption {
  return {
    type: "category",
    data: slots.map(({ from_time }) => slotWords(from_time, span)),
    axisTick: { show: false },
  };
}

const slotWords = (from: string, span: Span): string =>
  span === "days"
    ? new Date(from).toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" })
    : new Date(from).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });

function requestsOption(slots: readonly Slot[], span: Span, colors: ChartColors): EChartsCoreOption {
  return {
    xAxis: timeAxis(slots, span),
    yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: colors.line } } },
    series: [
      {
        name: "Answered",
        type: "bar",
        stack: "requests",
        data: slots.map(({ requests, errors }) => requests - errors),
      },
      {
        name: "Errors",
        type: "bar",
        stack: "requests",
        itemStyle: { color: colors.series[1] },
        data: slots.map(({ errors }) => errors),
      },
    ],
  };
}

function timesOption(slots: readonly Slot[], span: Span, colors: ChartColors): EChartsCoreOption {
  return {
    xAxis: timeAxis(slots, span),
    yAxis: {
      type: "value",
      splitLine: { lineStyle: { color: colors.line } },
      axisLabel: { formatter: (value: number) => formatMilliseconds(value) },
    },
    grid: { left: 64, right: 16, top: 32, bottom: 32 },
    series: (["p50", "p95", "p99"] as const).map((share, index) => ({
      name: share,
      type: "line",
      color: colors.series[[0, 2, 1][index] ?? 0],
      symbolSize: 5,
      data: slots.map((slot) => slot[share]),
    })),
  };
}
