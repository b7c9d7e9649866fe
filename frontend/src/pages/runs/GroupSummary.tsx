import { Button, Group, Stack, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { Link } from "react-router";
import { useRunGroup } from "@/api/runs";
import type { Run } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel, Stat, Stats } from "@/components/Page";
import { formatMetric } from "@/lib/format";
import { compareAddress } from "./compare";
import { baseModelName } from "@/lib/models";
import { spreadByModel, stateCounts } from "./groups";

const METRIC_WORDS: Record<string, string> = {
  precision: "Precision",
  recall: "Recall",
  map50: "Mask mAP50",
  map50_95: "Mask mAP50-95",
};

/** "folds" where each run has another one, else "runs". */
function foldWords(runs: readonly Run[]): string {
  return runs.every(({ parameters }) => parameters.fold !== null) ? "runs on their folds" : "runs";
}

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
            <Stack gap="sm">
              {spreadByModel(group.search === null ? group.spread : []).map(
                ({ model, runCount, metrics }, _, all) => (
                  <div key={model}>
                    <Text size="xs" c="dimmed" mb={2}>
                      {all.length > 1 && `${baseModelName(model)}: `}
                      mean ± standard deviation of {runCount} {foldWords(group.runs)}
                    </Text>
                    <Stats>
                      {metrics.map(({ metric, mean, deviation }) => (
                        <Stat
                          key={metric}
                          label={METRIC_WORDS[metric] ?? metric}
                          value={`${formatMetric(mean)} ± ${formatMetric(deviation)}`}
                        />
                      ))}
                    </Stats>
                  </div>
                ),
              )}
            </Stack>
            <Group gap="xs">
              {group.search !== null && (
                <Button component={Link} to={`/runs/search/${group.search}`}>
                  What the search found
                </Button>
              )}
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
