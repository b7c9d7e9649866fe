import { Grid, Group, MultiSelect, Slider, Switch, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useSearch } from "@/lib/search";
import { isActive } from "@/api/jobs";
import { epochsQuery, useRuns } from "@/api/runs";
import type { Basis, Epoch, Run } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { Panel } from "@/components/Page";
import { type Look, lossLook, metricLook, type Overlaid, overlayOption } from "./curves";
import { Unmeasured } from "./Unmeasured";

/** More lines than this nobody can tell apart. */
const MOST_OTHERS = 5;

/** The curves of a run as they grow; how they are looked at is in the address. */
export function LiveCharts({ run, rows }: { run: Run; rows: readonly Epoch[] }) {
  const [search, setSearch] = useSearch();
  const smoothing = Math.min(0.95, Math.max(0, Number(search.get("smooth")) || 0));
  const log = search.get("log") === "1";
  const look = useMemo<Look>(() => ({ smoothing, log }), [smoothing, log]);
  const others = (search.get("with") ?? "").split(",").filter(Boolean).map(Number);
  const set = (name: string, value: string) =>
    setSearch(
      (known) => {
        const next = new URLSearchParams(known);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  const overlaid = useOverlaid(run, rows, others);
  const options = useRuns({ dataset: run.dataset, state: "all", search: "" });
  return (
    <div>
      <Group gap="lg" mb="sm" align="center">
        <Group gap="xs" wrap="nowrap">
          <Text size="sm">Smoothing</Text>
          <Slider
            w={120}
            min={0}
            max={0.95}
            step={0.05}
            label={(value) => value.toFixed(2)}
            thumbLabel="Smoothing"
            defaultValue={smoothing}
            onChangeEnd={(value) => set("smooth", value > 0 ? value.toFixed(2) : "")}
          />
        </Group>
        <Switch
          size="xs"
          label="Losses on a log axis"
          checked={log}
          onChange={(event) => set("log", event.currentTarget.checked ? "1" : "")}
        />
        <MultiSelect
          size="xs"
          miw={220}
          aria-label="Other runs over it"
          placeholder={others.length === 0 ? "Other runs over it" : undefined}
          searchable
          clearable
          hidePickedOptions
          maxValues={MOST_OTHERS}
          value={others.map(String)}
          onChange={(values) => set("with", values.join(","))}
          data={options.items
            .filter(({ id }) => id !== run.id)
            .map(({ id, name }) => ({ value: String(id), label: `${name} #${id}` }))}
        />
      </Group>
      <Grid gap="md">
        {overlaid === null ? (
          <Own run={run} rows={rows} look={look} />
        ) : (
          <Overlaid runs={overlaid} look={look} />
        )}
      </Grid>
    </div>
  );
}

/** This run and the chosen ones, each as far as it is; null where none is chosen. */
function useOverlaid(run: Run, rows: readonly Epoch[], others: readonly number[]): Overlaid[] | null {
  const epochs = useQueries({ queries: others.map((id) => epochsQuery(id)) });
  const known = useRuns({ dataset: run.dataset, state: "all", search: "" });
  if (others.length === 0) return null;
  return [
    { id: run.id, name: run.name, rows },
    ...others.map((id, i) => ({
      id,
      name: known.items.find((item) => item.id === id)?.name ?? "Run",
      rows: epochs[i]?.data ?? [],
    })),
  ];
}

const SPAN = { base: 12, sm: 6, lg: 4 };

function Own({ run, rows, look }: { run: Run; rows: readonly Epoch[]; look: Look }) {
  const planned = isActive(run.state) ? run.epochs : (rows.at(-1)?.epoch ?? run.epochs);
  const losses = useCallback(
    (colors: ChartColors) => lossLook(colors, rows, planned, look),
    [rows, planned, look],
  );
  return (
    <>
      <Grid.Col span={SPAN}>
        <Panel
          title="Losses"
          aside={
            <Text size="xs" c="dimmed">
              solid train, dashed val
            </Text>
          }
        >
          <Chart option={losses} label={`Losses over ${rows.length} epochs`} />
        </Panel>
      </Grid.Col>
      <Metrics title="Masks" basis="mask" rows={rows} planned={planned} look={look} />
      <Metrics title="Boxes" basis="box" rows={rows} planned={planned} look={look} />
    </>
  );
}

function Metrics({
  title,
  basis,
  rows,
  planned,
  look,
}: {
  title: string;
  basis: Basis;
  rows: readonly Epoch[];
  planned: number;
  look: Look;
}) {
  const option = useCallback(
    (colors: ChartColors) => metricLook(colors, rows, planned, basis, look),
    [rows, planned, basis, look],
  );
  const word = basis === "mask" ? "Mask" : "Box";
  return (
    <Grid.Col span={SPAN}>
      <Panel title={title} aside={<Unmeasured rows={rows} basis={basis} />}>
        <Chart option={option} label={`${word} metrics over ${rows.length} epochs`} />
      </Panel>
    </Grid.Col>
  );
}

function Overlaid({ runs, look }: { runs: readonly Overlaid[]; look: Look }) {
  return (
    <>
      <OverlaidChart title="Val loss, all parts" quantity="loss" runs={runs} look={look} />
      <OverlaidChart title="Mask mAP50" quantity="mask" runs={runs} look={look} />
      <OverlaidChart title="Box mAP50" quantity="box" runs={runs} look={look} />
    </>
  );
}

function OverlaidChart({
  title,
  quantity,
  runs,
  look,
}: {
  title: string;
  quantity: "loss" | Basis;
  runs: readonly Overlaid[];
  look: Look;
}) {
  const option = useCallback(
    (colors: ChartColors) => overlayOption(colors, runs, quantity, look),
    [runs, quantity, look],
  );
  return (
    <Grid.Col span={SPAN}>
      <Panel title={title}>
        <Chart option={option} label={`${title} of ${runs.length} runs`} />
      </Panel>
    </Grid.Col>
  );
}
