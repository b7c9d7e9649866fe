import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { Link } from "react-router";
import { isActive } from "@/api/jobs";
import { useCancelPrediction, usePausePrediction } from "@/api/predictions";
import type { Prediction } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { formatCount, plural } from "@/lib/format";

/** How far the job is and what it waits for, with what stops it; how it ended, where that was not well. */
export function JobPanel({ prediction, done }: { prediction: Prediction; done: number }) {
  const { id, state, is_paused: isPaused, image_count: total } = prediction;
  const cancel = useCancelPrediction(id);
  const pause = usePausePrediction(id);
  if (isActive(state)) {
    return (
      <Panel title={isPaused ? "Paused" : state === "queued" ? "Waiting" : "Predicting"}>
        <Stack gap="xs">
          <ProgressLine progress={prediction.progress} label="Predicting" />
          {isPaused && (
            <Text size="sm" c="dimmed">
              What is done stays. Resume, and it goes on behind the last image.
            </Text>
          )}
          {cancel.isError && <ErrorNotice error={cancel.error} />}
          {pause.isError && <ErrorNotice error={pause.error} />}
          <Group gap="xs">
            <Button
              size="xs"
              variant={isPaused ? "filled" : "default"}
              leftSection={isPaused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
              loading={pause.isPending}
              disabled={state === "cancelling"}
              onClick={() => pause.mutate(!isPaused)}
            >
              {isPaused ? "Resume" : "Pause"}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlayerStop size={15} />}
              loading={cancel.isPending}
              disabled={state === "cancelling"}
              onClick={() => cancel.mutate()}
            >
              {state === "cancelling" ? "Cancelling …" : "Cancel"}
            </Button>
          </Group>
        </Stack>
      </Panel>
    );
  }
  if (state === "failed") {
    return (
      <ErrorNotice
        title="The prediction failed"
        error={new Error(prediction.error || "The log of the worker says more.")}
      />
    );
  }
  if (state === "cancelled") {
    return (
      <Alert color="yellow" variant="light" title="Cancelled">
        <Group justify="space-between">
          <Text size="sm">
            {done > 0
              ? `${formatCount(done)} of ${plural(total, "image")} were predicted; these are shown.`
              : "No image was predicted."}
          </Text>
          <Button component={Link} to="/predict" size="xs" variant="default">
            Predict again
          </Button>
        </Group>
      </Alert>
    );
  }
  return null;
}
