import { Group, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconEye,
  IconLoader,
  IconPlayerPause,
  type Icon,
} from "@tabler/icons-react";
import type { JobItem, JobState } from "@/api/types";

type Look = { word: string; icon: Icon; color: string };

const STATES: Record<JobState, Look> = {
  queued: { word: "Queued", icon: IconClock, color: "var(--mantine-color-dimmed)" },
  running: { word: "Running", icon: IconLoader, color: "var(--mantine-color-anchor)" },
  cancelling: { word: "Cancelling", icon: IconLoader, color: "var(--mantine-color-dimmed)" },
  cancelled: { word: "Cancelled", icon: IconCircleX, color: "var(--mantine-color-dimmed)" },
  failed: { word: "Failed", icon: IconAlertTriangle, color: "var(--mantine-color-error)" },
  finished: { word: "Finished", icon: IconCircleCheck, color: "var(--mantine-color-anchor)" },
};

/** What "finished" does not say of an import; it is green only where everything was taken. */
const ENDINGS: Record<Exclude<JobItem["ending"], "">, Look> = {
  choice: { word: "Waits for your choice", icon: IconEye, color: "var(--mantine-color-anchor)" },
  losses: { word: "Taken with losses", icon: IconAlertTriangle, color: "var(--mantine-color-orange-text)" },
  taken_back: { word: "Taken back", icon: IconArrowBackUp, color: "var(--mantine-color-dimmed)" },
};

const PAUSED: Look = { word: "Paused", icon: IconPlayerPause, color: "var(--mantine-color-text)" };

export const STATE_WORDS = Object.fromEntries(
  Object.entries(STATES).map(([state, { word }]) => [state, word]),
) as Record<JobState, string>;

/** State of a job by icon, word and colour together. */
export function StateBadge({
  state,
  size = "sm",
  paused = false,
  ending = "",
}: {
  state: JobState;
  size?: "xs" | "sm";
  /** It is being worked on or waits, and goes on by itself once something is there again. */
  paused?: boolean;
  ending?: JobItem["ending"];
}) {
  const isPaused = paused && (state === "queued" || state === "running");
  const { word, icon: StateIcon, color } = ending ? ENDINGS[ending] : isPaused ? PAUSED : STATES[state];
  return (
    <Group gap={6} wrap="nowrap" c={color}>
      <StateIcon size={16} stroke={1.8} aria-hidden="true" />
      <Text size={size} fw={500} c={color} style={{ whiteSpace: "nowrap" }}>
        {word}
      </Text>
    </Group>
  );
}
