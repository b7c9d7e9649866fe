import { Group, SimpleGrid, Text } from "@mantine/core";
import { memo, useCallback } from "react";
import { useEpochs } from "@/api/runs";
import type { Basis, Epoch, Run } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { lossOption, metricOption } from "../run/liveCharts";
import { Unmeasured } from "../run/Unmeasured";

const NONE: readonly Epoch[] = [];

/** How it got there: losses and metrics over the epochs. */
export const LossPanels = memo(function LossPanels({ run, basis }: { run: Run; basis: Basis }) {
  const epochs = useEpochs(run.id);
  const rows = epochs.data ?? NONE;
  const last = rows.at(-1)?.epoch ?? run.epochs;
  const losses = useCallback((colors: ChartColors) => lossOption(colors, rows, last), [rows, last]);
  const metrics = useCallback(
    (colors: ChartColors) => metricOption(colors, rows, last, basis),
    [rows, last, basis],
  );
  if (epochs.isError) return <ErrorNotice error={epochs.error} onRetry={() => void epochs.refetch()} />;
  // A checkpoint that came from elsewhere may have no epochs to tell of.
  if (epochs.isSuccess && rows.length === 0) return null;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Panel
        title="Losses over epochs"
        aside={
          <Text size="xs" c="dimmed">
            solid train, dashed val
          </Text>
        }
      >
        <Chart option={losses} label={`Losses over ${rows.length} epochs`} />
      </Panel>
      <Panel
        title={`${basis === "mask" ? "Mask" : "Box"} metrics over epochs`}
        aside={
          <Group gap="sm">
            <Unmeasured rows={rows} basis={basis} />
            <Text size="xs" c="dimmed">
              val, as Ultralytics measured while it trained
            </Text>
          </Group>
        }
      >
        <Chart option={metrics} label={`Metrics over ${rows.length} epochs`} />
      </Panel>
    </SimpleGrid>
  );
});
