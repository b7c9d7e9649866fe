import { Group, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconLoader,
  IconPlayerPause,
  type Icon,
} from "@tabler/icons-react";
import type { JobState } from "@/api/types";

const STATES: Record<JobState, { word: string; icon: Icon; color: string }> = {
  queued: { word: "Queued", icon: IconClock, color: "var(--mantine-color-dimmed)" },
  running: { word: "Running", icon: IconLoader, color: "var(--mantine-color-anchor)" },
  cancelling: { word: "Cancelling", icon: IconLoader, color: "var(--mantine-color-dimmed)" },
  cancelled: { word: "Cancelled", icon: IconCircleX, color: "var(--mantine-color-dimmed)" },
  failed: { word: "Failed", icon: IconAlertTriangle, color: "var(--mantine-color-error)" },
  finished: { word: "Finished", icon: IconCircleCheck, color: "var(--mantine-color-anchor)" },
};

const PAUSED = { word: "Paused", icon: IconPlayerPause, color: "var(--mantine-color-text)" };

export const STATE_WORDS = Object.fromEntries(
  Object.entries(STATES).map(([state, { word }]) => [state, word]),
) as Record<JobState, string>;

/** State of a job by icon, word and colour together. */
export function StateBadge({
  state,
  size = "sm",
  paused = false,
}: {
  state: JobState;
  size?: "xs" | "sm";
  /** It is being worked on or waits, and goes on by itself once something is there again. */
  paused?: boolean;
}) {
  const isPaused = paused && (state === "queued" || state === "running");
  const { word, icon: StateIcon, color } = isPaused ? PAUSED : STATES[state];
  return (
    <Group gap={6} wrap="nowrap" c={color}>
      <StateIcon size={16} stroke={1.8} aria-hidden="true" />
      <Text size={size} fw={500} c={color} style={{ whiteSpace: "nowrap" }}>
        {word}
      </Text>
    </Group>
  );
}
