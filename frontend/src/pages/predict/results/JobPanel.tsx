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

type JobPanelProps = { prediction: Prediction; done: number };

/** How far the job is and what it waits for, with what stops it; how it ended, where that was not well; what of the
 * source was passed over. */
export function JobPanel(props: JobPanelProps) {
  return (
    <>
      <JobState {...props} />
      <JobNotes prediction={props.prediction} />
    </>
  );
}

function JobState({ prediction, done }: JobPanelProps) {
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
      <Stack gap="xs">
        <ErrorNotice
          title="The prediction failed"
          error={
            new Error(
              [prediction.error || "The log of the worker says more.", prediction.error_hint]
                .filter(Boolean)
                .join(" "),
            )
          }
        />
        <GoOn id={id} isPending={pause.isPending} error={pause.error} onGoOn={() => pause.mutate(false)} />
      </Stack>
    );
  }
  if (state === "cancelled") {
    return (
      <Alert color="yellow" variant="light" title="Cancelled">
        <Stack gap="xs">
          <Text size="sm">
            {done > 0
              ? `${formatCount(done)} of ${plural(total, "image")} were predicted; these are shown.`
              : "No image was predicted."}
          </Text>
          <GoOn id={id} isPending={pause.isPending} error={pause.error} onGoOn={() => pause.mutate(false)} />
        </Stack>
      </Alert>
    );
  }
  return null;
}

type GoOnProps = { id: number; isPending: boolean; error: unknown; onGoOn: () => void };

/** The ways on from a prediction that ended early. */
function GoOn({ id, isPending, error, onGoOn }: GoOnProps) {
  return (
    <>
      {error != null && <ErrorNotice error={error} />}
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPlay size={15} />}
          loading={isPending}
          onClick={onGoOn}
          aria-describedby={`go-on-${id}`}
        >
          Resume
        </Button>
        <Button component={Link} to="/predict" size="xs" variant="subtle">
          New prediction
        </Button>
        <Text size="xs" c="dimmed" id={`go-on-${id}`}>
          What is done is not predicted again.
        </Text>
      </Group>
    </>
  );
}

/** What the engine said of the options, and which files of the source are no images. */
function JobNotes({ prediction }: { prediction: Prediction }) {
  const { notes, skipped_count: skipped, skipped_files: named } = prediction;
  if (notes.length === 0 && skipped === 0) return null;
  return (
    <Stack gap={4}>
      {notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
      {skipped > 0 && (
        <details>
          <Text component="summary" size="sm" c="dimmed" style={{ cursor: "pointer" }}>
            {plural(skipped, "file")} passed over
          </Text>
          <Stack component="ul" gap={2} my={4} mah={240} style={{ overflow: "auto" }}>
            {named.map(({ file, reason }, place) => (
              <Text component="li" key={place} size="xs" style={{ overflowWrap: "anywhere" }}>
                <b>{file}</b>: {reason}
              </Text>
            ))}
            {skipped > named.length && (
              <Text component="li" size="xs" c="dimmed">
                and {formatCount(skipped - named.length)} more
              </Text>
            )}
          </Stack>
        </details>
      )}
    </Stack>
  );
}
