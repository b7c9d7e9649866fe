import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { isActive } from "@/api/jobs";
import type { RunCheck } from "@/api/types";
import { formatDuration, formatMegabytes } from "@/lib/format";
import classes from "./NewRun.module.css";

const STEP_WORDS: Record<string, string> = {
  device: "Device",
  arguments: "Arguments",
  data: "Data",
  classes: "Classes",
  train: "Train images",
  val: "Val images",
  test: "Test images",
  disk: "Disk",
  steps: "Trial batches",
};

/** "Fits: 1.2 GB of 24 GB. About 42 min: 25 s an epoch, 31 images/s." */
export function resultWords(result: NonNullable<RunCheck["result"]>, runs = 1): string {
  const { fits, batch, peak_memory_mb, memory_total_mb, estimated_seconds, seconds_per_epoch } = result;
  const memory = memory_total_mb
    ? `${formatMegabytes(peak_memory_mb)} of ${formatMegabytes(memory_total_mb)}`
    : formatMegabytes(peak_memory_mb);
  const each = runs > 1 ? " for each run" : "";
  return [
    fits ? `Fits: ${memory} of memory.` : `Does not fit: batch ${batch} would (${memory}).`,
    `About ${formatDuration(estimated_seconds)}${each}: ${formatDuration(seconds_per_epoch)} an epoch, ${result.images_per_second.toFixed(1)} images/s.`,
  ].join(" ");
}

/** What the check found so far; `stale` when the form says something else by now. */
export function CheckResult({
  check,
  stale,
  runs,
  onUseBatch,
}: {
  check: RunCheck;
  stale: boolean;
  runs: number;
  onUseBatch: (batch: number) => void;
}) {
  const { steps, result, state } = check;
  const bad = steps.some(({ ok }) => !ok);
  return (
    <Stack gap="xs" role="status" aria-label="Check">
      {isActive(state) && (
        <Group gap="xs">
          <Loader size={14} />
          <Text size="sm">{state === "queued" ? check.waits_for : "Checking …"}</Text>
        </Group>
      )}
      {stale && !isActive(state) && (
        <Text size="xs" c="dimmed">
          The form has changed since this check.
        </Text>
      )}
      <ul className={classes.steps} style={stale ? { opacity: 0.6 } : undefined}>
        {steps.map(({ name, ok, detail }, i) => (
          <li key={i} className={classes.step}>
            {ok ? (
              <IconCircleCheck size={16} color="var(--mantine-color-anchor)" aria-label="Good" />
            ) : (
              <IconAlertTriangle size={16} color="var(--mantine-color-error)" aria-label="Trouble" />
            )}
            <Text size="xs" style={{ lineHeight: 1.4 }}>
              <b>{STEP_WORDS[name] ?? name}.</b> {detail}
            </Text>
          </li>
        ))}
      </ul>
      {state === "failed" && (
        <Alert color="red" variant="light" p="xs">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {check.error || "The check ended without a reason."}
          </Text>
          {check.error_hint && (
            <Text size="xs" mt={4} style={{ overflowWrap: "anywhere" }}>
              {check.error_hint}
            </Text>
          )}
        </Alert>
      )}
      {result && (
        <Alert color={result.fits && !bad ? "pond" : "yellow"} variant="light" p="xs">
          <Text size="sm" className="tabular">
            {resultWords(result, runs)}
          </Text>
          {!result.fits && (
            <Button size="xs" mt="xs" variant="default" onClick={() => onUseBatch(result.batch)}>
              Use batch {result.batch}
            </Button>
          )}
        </Alert>
      )}
    </Stack>
  );
}
