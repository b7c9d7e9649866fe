import { Group, Progress as Bar, Text } from "@mantine/core";
import type { Progress } from "@/api/types";
import { formatBytes, formatCount, formatDuration } from "@/lib/format";

/** Share done in percent, or null while nobody knows how much there is. */
export function percentDone({ done, total }: Pick<Progress, "done" | "total">): number | null {
  if (total === null || total <= 0) return null;
  return Math.min(100, Math.max(0, (100 * done) / total));
}

function etaWords({ eta_seconds: eta }: Pick<Progress, "eta_seconds">): string {
  return eta !== null && eta > 0 ? `${formatDuration(eta)} left` : "";
}

/** "34 of 120 images · 20 s left". */
export function progressWords({ done, total, unit, eta_seconds: eta }: Progress): string {
  const shown = unit === "bytes" ? formatBytes : formatCount;
  const units = unit && unit !== "bytes" ? ` ${unit}` : "";
  const amount =
    total !== null && total > 0
      ? `${shown(done)} of ${shown(total)}${units}`
      : done > 0
        ? `${shown(done)}${units}`
        : "";
  return [amount, etaWords({ eta_seconds: eta })].filter(Boolean).join(" · ");
}

/** What, how far, how long. */
export function ProgressLine({
  progress,
  label,
  compact = false,
}: {
  progress: Progress;
  label: string;
  compact?: boolean;
}) {
  const percent = percentDone(progress);
  return (
    <div>
      <Bar.Root size={compact ? 4 : 6} radius="xl">
        <Bar.Section
          value={percent ?? 100}
          striped={percent === null}
          animated={percent === null}
          aria-label={label}
          withAria
        />
      </Bar.Root>
      <Group justify="space-between" gap="xs" mt={4} wrap="nowrap">
        <Text
          size="xs"
          c="dimmed"
          truncate={compact}
          style={{ overflowWrap: "anywhere" }}
          title={progress.message}
        >
          {progress.message}
        </Text>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {compact && progress.message ? etaWords(progress) : progressWords(progress)}
        </Text>
      </Group>
    </div>
  );
}
