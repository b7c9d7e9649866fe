import { Button, Group, Stack, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { Link } from "react-router";
import { useRunGroup } from "@/api/runs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel, Stat, Stats } from "@/components/Page";
import { formatMetric } from "@/lib/format";
import { compareAddress } from "./compare";
import { stateCounts } from "./groups";

const METRIC_WORDS: Record<string, string> = {
  precision: "Precision",
  recall: "Recall",
  map50: "Mask mAP50",
  map50_95: "Mask mAP50-95",
};

/** What the runs of one group came to together, and how far they differ. */
export function GroupSummary({ id, onClose }: { id: number; onClose: () => void }) {
  const query = useRunGroup(id);
  const group = query.data;
  return (
    <div style={{ marginBottom: 16 }}>
      {query.isError && (
        <Stack gap="xs" align="flex-start">
          <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
          <Button size="xs" variant="default" onClick={onClose}>
            Show all runs
          </Button>
        </Stack>
      )}
      {group && (
        <Panel>
          <Group justify="space-between" align="flex-start" gap="md">
            <div style={{ minWidth: 0, flex: "1 1 260px" }}>
              <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                {group.name}
              </Text>
              <Text size="sm" c="dimmed">
                {stateCounts(group.runs) || "All its runs were deleted"}
              </Text>
            </div>
            <Stats>
              {group.spread.map(({ metric, mean, deviation }) => (
                <Stat
                  key={metric}
                  label={METRIC_WORDS[metric] ?? metric}
                  value={`${formatMetric(mean)} ± ${formatMetric(deviation)}`}
                />
              ))}
            </Stats>
            <Group gap="xs">
              {group.runs.length > 1 && (
                <Button
                  component={Link}
                  variant="default"
                  to={compareAddress(group.runs.map((run) => run.id))}
                >
                  Compare all
                </Button>
              )}
              <Button variant="subtle" leftSection={<IconX size={16} />} onClick={onClose}>
                Show all runs
              </Button>
            </Group>
          </Group>
        </Panel>
      )}
    </div>
  );
}
