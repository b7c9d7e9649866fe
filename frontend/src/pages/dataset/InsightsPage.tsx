import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { useCallback } from "react";
import { Link } from "react-router";
import { useInsights } from "@/api/datasets";
import type { Bin, Dataset, Insights } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import { categoryAxis, type ChartColors, tooltip, valueAxis } from "@/components/chart/style";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel, Stat, Stats } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { useCurrentDataset } from "./DatasetLayout";
import { SPLIT_WORDS, STATUS_WORDS, STATUSES } from "./imagesAddress";
import { NumberLink } from "../results/NumberLink";

const SPLITS = ["train", "val", "test"] as const;
/** The best first, as a bar fills up. */
const FROM_ACCEPTED = [...STATUSES].reverse();

export default function InsightsPage() {
  const dataset = useCurrentDataset();
  const insights = useInsights(dataset.slug);
  return (
    <Page title="Insights" lead="What the dataset holds, and where it is thin.">
      {insights.isError && <ErrorNotice error={insights.error} onRetry={() => void insights.refetch()} />}
      {insights.isPending && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          {Array.from({ length: 4 }, (_, i) => (
            <Skeleton key={i} height={300} />
          ))}
        </SimpleGrid>
      )}
      {insights.data &&
        (dataset.counts.images === 0 ? (
          <EmptyState
            icon={IconChartBar}
            title="Nothing to measure yet"
            action={
              <Button component={Link} to={`/datasets/${dataset.slug}`}>
                Go to the images
              </Button>
            }
          >
            Charts of splits, classes and sizes appear once there are images.
          </EmptyState>
        ) : (
          <Charts dataset={dataset} insights={insights.data} />
        ))}
    </Page>
  );
}

function Charts({ dataset, insights }: { dataset: Dataset; insights: Insights }) {
  const bySplit = useCallback((colors: ChartColors) => splitOption(colors, insights), [insights]);
  const byClass = useCallback(
    (colors: ChartColors) => classOption(colors, dataset, insights),
    [dataset, insights],
  );
  const perImage = useCallback(
    (colors: ChartColors) =>
      binOption(colors, insights.instances_per_image, "images", "objects in the image"),
    [insights],
  );
  const sizes = useCallback(
    (colors: ChartColors) =>
      binOption(colors, insights.instance_sizes, "objects", "share of the image's area"),
    [insights],
  );
  const classHeight = Math.max(240, 72 + 26 * dataset.classes.length);
  return (
    <Stack gap="md">
      <WithoutObjects slug={dataset.slug} insights={insights} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Images by split and status">
          <Chart option={bySplit} label="Images by split and status" />
        </Panel>
        <Panel title="Objects in an image">
          <Chart option={perImage} label="How many images hold how many objects" />
        </Panel>
        <Panel title="Objects by class and split">
          <Chart option={byClass} height={classHeight} label="Objects by class and split" />
        </Panel>
        <Panel title="Size of the objects">
          <Chart option={sizes} label="How many objects cover which share of their image" />
        </Panel>
      </SimpleGrid>
    </Stack>
  );
}

/** What no chart of objects shows: images without any, and objects that are not outlined. */
function WithoutObjects({ slug, insights }: { slug: string; insights: Insights }) {
  const { boxes, without_objects: without } = insights;
  const images = (query: string, count: number) => (
    <NumberLink to={`/datasets/${slug}?${query}`} isUnderlined title="Look at the images">
      {formatCount(count)}
    </NumberLink>
  );
  return (
    <Panel title="Images without objects, and boxes">
      <Stats>
        <Stat
          label="Nothing in it"
          value={images("is_empty=1", without.empty)}
          hint="finished: trained on as background"
        />
        <Stat
          label="Not looked at"
          value={images("status=unlabelled", without.unseen)}
          hint="not trained on"
        />
        <Stat label="Begun, nothing drawn" value={formatCount(without.begun)} hint="not trained on" />
        <Stat
          label="Boxes to outline"
          value={images("has_box=1", boxes.images)}
          hint={`images, with ${plural(boxes.objects, "box", "boxes")}; trained on as rectangles`}
        />
      </Stats>
    </Panel>
  );
}

function splitOption(colors: ChartColors, { images_by_split_status: rows }: Insights) {
  const count = (split: string, status: string) =>
    rows.find((row) => row.split === split && row.status === status)?.count ?? 0;
  const shades = [colors.accent, colors.series[1], colors.series[5], colors.series[4], colors.line];
  return {
    tooltip: { ...tooltip(colors), axisPointer: { type: "shadow" } },
    grid: { left: 52, right: 16, top: 32, bottom: 24 },
    xAxis: valueAxis(colors, { minInterval: 1 }),
    yAxis: categoryAxis(
      colors,
      SPLITS.map((split) => SPLIT_WORDS[split]),
      { inverse: true, axisLine: { show: false } },
    ),
    series: FROM_ACCEPTED.map((status, i) => ({
      type: "bar",
      name: STATUS_WORDS[status],
      stack: "all",
      barMaxWidth: 28,
      itemStyle: { color: shades[i] },
      data: SPLITS.map((split) => count(split, status)),
    })),
  };
}

function classOption(colors: ChartColors, dataset: Dataset, { instances_by_class_split: rows }: Insights) {
  const names = new Map(dataset.classes.map(({ id, name }) => [id, name]));
  return {
    tooltip: { ...tooltip(colors), axisPointer: { type: "shadow" } },
    grid: { left: 110, right: 16, top: 32, bottom: 24 },
    xAxis: valueAxis(colors, { minInterval: 1 }),
    yAxis: categoryAxis(
      colors,
      rows.map(({ class_id }) => names.get(class_id) ?? ""),
      {
        inverse: true,
        axisLine: { show: false },
        axisLabel: { color: colors.text, fontSize: 12, width: 96, overflow: "truncate", interval: 0 },
      },
    ),
    series: SPLITS.map((split) => ({
      type: "bar",
      name: SPLIT_WORDS[split],
      stack: "all",
      barMaxWidth: 18,
      data: rows.map((row) => row[split]),
    })),
  };
}

function binOption(colors: ChartColors, bins: Bin[], unit: string, axis: string) {
  return {
    legend: { show: false },
    tooltip: {
      ...tooltip(colors),
      axisPointer: { type: "shadow" },
      valueFormatter: (value: number) => `${value} ${unit}`,
    },
    grid: { left: 48, right: 16, top: 16, bottom: 44 },
    xAxis: categoryAxis(
      colors,
      bins.map(({ bin }) => bin),
      {
        name: axis,
        nameLocation: "middle",
        nameGap: 28,
        nameTextStyle: { color: colors.dimmed, fontSize: 11 },
      },
    ),
    yAxis: valueAxis(colors, { minInterval: 1 }),
    series: [
      {
        type: "bar",
        barCategoryGap: "18%",
        itemStyle: { color: colors.accent },
        data: bins.map((b) => b.count),
      },
    ],
  };
}
