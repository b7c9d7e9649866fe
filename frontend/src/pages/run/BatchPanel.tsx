import { Text } from "@mantine/core";
import { useCallback, useDeferredValue } from "react";
import type { RunBatch } from "@/api/runs";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { Panel, Stat, Stats } from "@/components/Page";
import { formatMegabytes, plural } from "@/lib/format";
import { batchOption } from "./liveCharts";

/** The batches of the last minutes: losses as they come, and how fast and with what. */
export function BatchPanel({ batches }: { batches: readonly RunBatch[] }) {
  const shown = useDeferredValue(batches);
  const option = useCallback((colors: ChartColors) => batchOption(colors, shown), [shown]);
  const last = batches.at(-1);
  if (!last) return null;
  const { gpu_memory_mb: memory, gpu_utilisation_percent: load } = last;
  return (
    <Panel
      title="Batch by batch"
      aside={
        <Text size="xs" c="dimmed">
          losses of the last {plural(batches.length, "report")}
        </Text>
      }
    >
      <Stats>
        <Stat label="Learning rate" value={formatRate(last.learning_rate)} />
        <Stat label="Images per second" value={last.images_per_second.toFixed(1)} />
        {load !== null && <Stat label="GPU load" value={`${Math.round(load)} %`} />}
        {memory !== null && memory > 0 && <Stat label="GPU memory" value={formatMegabytes(memory)} />}
      </Stats>
      <div style={{ marginTop: 12 }}>
        <Chart
          option={option}
          height={190}
          label={`Losses of the last ${plural(batches.length, "report")}`}
        />
      </div>
    </Panel>
  );
}

/** Three significant digits, as people write learning rates: 0.00167, 1.2e-5. */
export function formatRate(rate: number): string {
  return rate !== 0 && Math.abs(rate) < 1e-4 ? rate.toExponential(1) : String(Number(rate.toPrecision(3)));
}
