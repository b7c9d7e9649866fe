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
import { useUrlState } from "@/lib/urlState";
import { CompareTable } from "./CompareTable";
import { MeasuredAlike } from "./MeasuredAlike";
import { SharedConfidence } from "./SharedConfidence";
import { SyntheticVerdict } from "./SyntheticVerdict";
import { Verdicts } from "./Verdicts";
import {
  ADDRESS,
  type CompareAddress,
  compareOption,
  LOSSES,
  METRICS,
  MOST_COMPARED,
  uniqueNames,
} from "./compare";
import { useMeasured } from "./measured";

const METRIC_WORDS = {
  map50_95: "mAP50-95",
  map50: "mAP50",
  precision: "Ultralytics' precision",
  recall: "Ultralytics' recall",
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
  const runsFound = found.map(({ run }) => run);
  const names = uniqueNames(runsFound);
  const measured = useMeasured(runsFound, address);
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
            <SharedConfidence measured={measured} address={address} onAddress={setAddress} />
            <Verdicts measured={measured} names={names} runs={runsFound} address={address} />
            <SyntheticVerdict runs={runsFound} />
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
              <CompareTable
                items={found}
                measured={measured}
                basis={address.basis}
                showAll={address.all}
                onRemove={without}
              />
            </Panel>
            <Charts
              runs={runsFound}
              epochs={found.map((item) => item.epochs)}
              address={address}
              onAddress={setAddress}
            />
            <MeasuredAlike
              runs={runsFound}
              names={names}
              measured={measured}
              address={address}
              onAddress={setAddress}
            />
          </>
        )}
      </Stack>
    </Page>
  );
}

type Shown = Pick<CompareAddress, "metric" | "basis" | "loss" | "part">;

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
    if (runs.every(({ origin }) => origin !== "here")) return null; // trained elsewhere, epochs are not known
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
