import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useCancelRun } from "@/api/runs";
import type { Run, StopMode } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import classes from "./Run.module.css";

const CHOICES: { mode: StopMode; title: string; does: string }[] = [
  {
    mode: "keep",
    title: "Stop and keep what it learned",
    does: "It stops after the batch in hand, its best checkpoint is validated and evaluated, and it ends as finished. It cannot be resumed; another run can start from its checkpoint.",
  },
  {
    mode: "now",
    title: "Stop at once",
    does: "It stops after the batch in hand and ends as cancelled, without an evaluation. Its epochs, log and last checkpoint stay, and it can be resumed.",
  },
];

/** Ways to stop a run. One that has not begun has nothing to keep; one that keeps can still be hurried. */
export function StopDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const cancel = useCancelRun(run.id);
  const choice = run.state === "running";
  const [mode, setMode] = useState<StopMode>(run.epoch > 0 ? "keep" : "now");
  const chosen = choice ? mode : "now";
  return (
    <Modal opened onClose={onClose} title={choice ? `Stop “${run.name}”` : `Cancel “${run.name}”`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          cancel.mutate(chosen, { onSuccess: onClose });
        }}
      >
        <Stack gap="md">
          {choice ? (
            <Radio.Group
              aria-label="How to stop"
              value={mode}
              onChange={(value) => setMode(value === "keep" ? "keep" : "now")}
            >
              <Stack gap="xs">
                {CHOICES.map(({ mode: value, title, does }) => (
                  <Radio.Card key={value} value={value} p="sm" className={classes.choice}>
                    <Group wrap="nowrap" align="flex-start" gap="sm">
                      <Radio.Indicator size="xs" mt={3} />
                      <div>
                        <Text size="sm" fw={600}>
                          {title}
                        </Text>
                        <Text size="sm" c="dimmed" mt={2}>
                          {does}
                        </Text>
                      </div>
                    </Group>
                  </Radio.Card>
                ))}
              </Stack>
            </Radio.Group>
          ) : (
            <Text size="sm">
              {run.state === "queued"
                ? "It leaves the queue and ends as cancelled. It can be resumed later."
                : "It is just stopping to keep what it learned. Stopped at once, it ends as cancelled, without an evaluation."}
            </Text>
          )}
          {cancel.isError && <ErrorNotice error={cancel.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {run.state === "queued" ? "Leave it in the queue" : "Go on"}
            </Button>
            <Button type="submit" color="red" loading={cancel.isPending}>
              {stopLabel(run, chosen)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function stopLabel(run: Run, mode: StopMode): string {
  if (run.state === "queued") return "Cancel the run";
  return mode === "keep" ? "Stop and keep" : "Stop at once";
}
