import { List, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconLoader,
  IconRotateClockwise,
  type Icon,
} from "@tabler/icons-react";
import type { Attempt, Run } from "@/api/types";
import { Ago } from "@/components/Ago";
import { Panel } from "@/components/Page";
import { formatDuration } from "@/lib/format";
import classes from "./Run.module.css";

const MARKS: Partial<Record<Attempt["outcome"], { icon: Icon; color: string }>> = {
  running: { icon: IconLoader, color: "var(--mantine-color-anchor)" },
  finished: { icon: IconCircleCheck, color: "var(--mantine-color-anchor)" },
  stopped: { icon: IconCircleCheck, color: "var(--mantine-color-anchor)" },
  cancelled: { icon: IconCircleX, color: "var(--mantine-color-dimmed)" },
  handed_on: { icon: IconRotateClockwise, color: "var(--mantine-color-dimmed)" },
};
const TROUBLE = { icon: IconAlertTriangle, color: "var(--mantine-color-error)" };

/** "epochs 5 to 12 · batch 8 · 2 min 5 s · Tesla T4 on rack-3". */
export function attemptFacts(attempt: Attempt): string {
  const { from_epoch: from, to_epoch: to, batch, device_name, device, worker } = attempt;
  const trained = to > from ? (to === from + 1 ? `epoch ${to}` : `epochs ${from + 1} to ${to}`) : "no epoch";
  const seconds = attempt.ended_at
    ? (Date.parse(attempt.ended_at) - Date.parse(attempt.started_at)) / 1000
    : null;
  return [
    trained,
    `batch ${batch}`,
    seconds === null ? "" : formatDuration(seconds),
    [device_name || device, worker].filter(Boolean).join(" on "),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** What happened to a run, in plain words: each time an engine took it up, and how that ended. */
export function AttemptTimeline({ run }: { run: Run }) {
  const { attempts } = run;
  if (attempts.length === 0) return null;
  return (
    <Panel title={attempts.length === 1 ? "What happened" : `What happened, in ${attempts.length} attempts`}>
      <ol className={classes.timeline}>
        {attempts.map((attempt) => {
          const { icon: Mark, color } = MARKS[attempt.outcome] ?? TROUBLE;
          return (
            <li key={attempt.number}>
              <Mark size={18} stroke={1.8} color={color} aria-hidden="true" />
              <div style={{ minWidth: 0 }}>
                <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                  {attempt.sentence}
                </Text>
                <Text size="xs" c="dimmed" className="tabular" style={{ overflowWrap: "anywhere" }}>
                  {attemptFacts(attempt)} · <Ago time={attempt.ended_at ?? attempt.started_at} />
                </Text>
                <Notes notes={attempt.notes} />
              </div>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

/** What the engine lowered to what its host can hold, or warned of. */
function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <List size="xs" c="dimmed" mt={4} aria-label="Notes of the engine">
      {notes.map((note) => (
        <List.Item key={note} style={{ overflowWrap: "anywhere" }}>
          {note}
        </List.Item>
      ))}
    </List>
  );
}
