import { Button, Grid, SegmentedControl, Select, Skeleton, Stack, Switch, Text } from "@mantine/core";
import { IconChartLine } from "@tabler/icons-react";
import { useCallback, useMemo } from "react";
import { Link } from "react-router";
import { useComparedRuns } from "@/api/runs";
import type { Epoch, Run } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { idList } from "@/lib/ids";
import { flag, numberIn, oneOf, useUrlState } from "@/lib/urlState";
import { CURVE_KINDS } from "../results/curveCharts";
import { CompareTable } from "./CompareTable";
import { MeasuredAlike } from "./MeasuredAlike";
import { compareOption, MOST_COMPARED, uniqueNames } from "./compare";

const METRICS = ["map50_95", "map50", "precision", "recall"] as const;
const METRIC_WORDS = {
  map50_95: "mAP50-95",
  map50: "mAP50",
  precision: "Ultralytics' precision",
  recall: "Ultralytics' recall",
};
const LOSSES = ["seg", "box", "cls", "dfl"] as const;
const PARTS = ["val", "train"] as const;
const ADDRESS = {
  runs: idList,
  metric: oneOf(METRICS, "map50_95"),
  basis: oneOf(["mask", "box"] as const, "mask"),
  loss: oneOf(LOSSES, "seg"),
  part: oneOf(PARTS, "val"),
  all: flag(),
  curve: oneOf(CURVE_KINDS, "pr"),
  direction: oneOf(["worse", "better"] as const, "worse"),
  /** The evaluation whose images are compared with those of the first run. */
  other: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
};

/** Several runs on one axis, and what of them differs. */
export default function ComparePage() {
  const [address, setAddress] = useUrlState(ADDRESS);
  const ids = useMemo(() => address.runs.slice(0, MOST_COMPARED), [address.runs]);
  const { runs, epochs, checkpoints } = useComparedRuns(ids);
  const failed = runs.filter(({ isError }) => isError);
  const pending = runs.some(({ isPending }) => isPending);
  const found = runs.flatMap(({ data }, i) =>
    data
      ? [
          {
            run: data,
            epochs: epochs[i]?.data ?? [],
            best: checkpoints[i]?.data?.results.find(({ kind }) => kind === "best"),
          },
        ]
      : [],
  );
  const without = (id: number) => setAddress({ runs: ids.filter((other) => other !== id) });
  return (
    <Page
      title="Compare runs"
      lead={
        address.runs.length > MOST_COMPARED
          ? `The first ${MOST_COMPARED} of ${address.runs.length} runs: more lines nobody can tell apart.`
          : "The same charts for several runs, and what of them differs."
      }
      actions={
        <Button component={Link} variant="default" to={`/runs?selected=${ids.join(",")}`}>
          Choose other runs
        </Button>
      }
    >
      <Stack gap="md">
        {failed.map(({ error, refetch }, i) => (
          <ErrorNotice key={i} error={error} onRetry={() => void refetch()} />
        ))}
        {pending && <Skeleton height={320} role="status" aria-label="Loading" />}
        {ids.length === 0 && (
          <EmptyState
            icon={IconChartLine}
            title="No runs to compare"
            action={
              <Button component={Link} to="/runs">
                Choose runs
              </Button>
            }
          >
            Select two or more in the list of runs, then press Compare.
          </EmptyState>
        )}
        {!pending && found.length > 0 && (
          <>
            <Panel
              title="What differs"
              flush
              aside={
                <Switch
                  size="xs"
                  label="Show what is the same too"
                  checked={address.all}
                  onChange={(event) => setAddress({ all: event.currentTarget.checked })}
                />
              }
            >
              <CompareTable items={found} showAll={address.all} onRemove={without} />
            </Panel>
            <Charts
              runs={found.map(({ run }) => run)}
              epochs={found.map((item) => item.epochs)}
              address={address}
              onAddress={setAddress}
            />
            <MeasuredAlike
              runs={found.map(({ run }) => run)}
              names={uniqueNames(found.map(({ run }) => run))}
              address={address}
              onAddress={setAddress}
            />
          </>
        )}
      </Stack>
    </Page>
  );
}

type Shown = {
  metric: (typeof METRICS)[number];
  basis: "mask" | "box";
  loss: (typeof LOSSES)[number];
  part: (typeof PARTS)[number];
};

function Charts({
  runs,
  epochs,
  address,
  onAddress,
}: {
  runs: readonly Run[];
  epochs: readonly (readonly Epoch[])[];
  address: Shown;
  onAddress: (change: Partial<Shown>) => void;
}) {
  const { metric, basis, loss, part } = address;
  const names = uniqueNames(runs);
  // The queries give new arrays each time; a chart is drawn anew when what it shows has changed.
  const drawn = JSON.stringify([names, epochs.map((rows) => [rows.length, rows.at(-1)])]);
  const metrics = useCallback(
    (colors: ChartColors) => compareOption(colors, names, epochs, (row) => row[basis][metric], true),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [drawn, basis, metric],
  );
  const losses = useCallback(
    (colors: ChartColors) => compareOption(colors, names, epochs, (row) => row[part][loss], false),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [drawn, part, loss],
  );
  if (epochs.every((rows) => rows.length === 0)) {
    return (
      <Panel>
        <Text size="sm" c="dimmed" ta="center" py="lg">
          Charts begin when the first of these runs has finished an epoch.
        </Text>
      </Panel>
    );
  }
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Panel
          title={`${basis === "mask" ? "Mask" : "Box"} ${METRIC_WORDS[metric]} over epochs`}
          aside={
            <div style={{ display: "flex", gap: 8 }}>
              <SegmentedControl
                size="xs"
                aria-label="Of masks or boxes"
                value={basis}
                onChange={(value) => onAddress({ basis: value === "box" ? "box" : "mask" })}
                data={[
                  { value: "mask", label: "Masks" },
                  { value: "box", label: "Boxes" },
                ]}
              />
              <Select
                size="xs"
                w={110}
                aria-label="Metric"
                allowDeselect={false}
                value={metric}
                onChange={(value) => onAddress({ metric: METRICS.find((m) => m === value) ?? "map50_95" })}
                data={METRICS.map((value) => ({ value, label: METRIC_WORDS[value] }))}
              />
            </div>
          }
        >
          <Chart option={metrics} height={300} label={`${METRIC_WORDS[metric]} of ${runs.length} runs`} />
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Panel
          title={`${part === "val" ? "Val" : "Train"} loss (${loss}) over epochs`}
          aside={
            <div style={{ display: "flex", gap: 8 }}>
              <SegmentedControl
                size="xs"
                aria-label="Of val or train"
                value={part}
                onChange={(value) => onAddress({ part: value === "train" ? "train" : "val" })}
                data={[
                  { value: "val", label: "Val" },
                  { value: "train", label: "Train" },
                ]}
              />
              <Select
                size="xs"
                w={80}
                aria-label="Loss"
                allowDeselect={false}
                value={loss}
                onChange={(value) => onAddress({ loss: LOSSES.find((l) => l === value) ?? "seg" })}
                data={[...LOSSES]}
              />
            </div>
          }
        >
          <Chart option={losses} height={300} label={`Loss (${loss}) of ${runs.length} runs`} />
        </Panel>
      </Grid.Col>
    </Grid>
  );
}
