import { Group, Text } from "@mantine/core";
import { IconArrowBackUp, IconCircleCheck, IconEye, IconAlertTriangle, type Icon } from "@tabler/icons-react";
import type { Import } from "@/api/types";
import { StateBadge } from "@/components/StateBadge";

/** The state of an import by icon, word and colour; green only where nothing was lost. */
export function ImportState({ job }: { job: Import }) {
  if (job.undone_at)
    return <Badge icon={IconArrowBackUp} word="Taken back" color="var(--mantine-color-dimmed)" />;
  if (job.state !== "finished") return <StateBadge state={job.state} />;
  if (job.is_dry_run)
    return <Badge icon={IconEye} word="Waits for your choice" color="var(--mantine-color-anchor)" />;
  return job.has_losses ? (
    <Badge icon={IconAlertTriangle} word="Taken with losses" color="var(--mantine-color-orange-text)" />
  ) : (
    <Badge icon={IconCircleCheck} word="Finished" color="var(--mantine-color-green-text)" />
  );
}

function Badge({ icon: BadgeIcon, word, color }: { icon: Icon; word: string; color: string }) {
  return (
    <Group gap={6} wrap="nowrap" c={color}>
      <BadgeIcon size={16} stroke={1.8} aria-hidden="true" />
      <Text size="sm" fw={500} c={color} style={{ whiteSpace: "nowrap" }}>
        {word}
      </Text>
    </Group>
  );
}
