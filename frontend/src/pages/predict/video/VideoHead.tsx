import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "react-router";
import { isActive } from "@/api/jobs";
import { useCancelPrediction } from "@/api/predictions";
import type { Prediction, VideoFacts } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { plural } from "@/lib/format";
import { clockWords } from "./clockWords";

/** Model, file and what is known of it. */
export function VideoLead({
  prediction,
  video,
  count,
}: {
  prediction: Prediction;
  video: VideoFacts;
  count: number;
}) {
  const { checkpoint, model, source_name: name } = prediction;
  const rate = video.is_variable
    ? "variable frame rate"
    : video.fps !== null && `${Number(video.fps.toFixed(2))} frames a second`;
  return (
    <>
      {checkpoint ? (
        <Link to={`/runs/${checkpoint.run}`} style={{ color: "inherit" }}>
          {model.name}
        </Link>
      ) : (
        model.name
      )}{" "}
      ·{" "}
      <span style={{ overflowWrap: "anywhere" }}>
        {[
          name,
          `${video.width} × ${video.height}`,
          rate,
          video.duration_ms !== null && clockWords(video.duration_ms),
          plural(count, "frame"),
          prediction.device_name,
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>{" "}
      · <Ago time={prediction.created_at} />
    </>
  );
}

/** What a person has to know before they watch: progress, a failure, what of the file could not be read. */
export function VideoMessages({ prediction, video }: { prediction: Prediction; video: VideoFacts }) {
  const { state, id } = prediction;
  const cancel = useCancelPrediction(id);
  return (
    <>
      {isActive(state) && (
        <Panel title={prediction.is_paused ? "Paused" : "Predicting"}>
          <Group gap="md" wrap="nowrap" align="center">
            <div style={{ flex: 1, minWidth: 0 }}>
              <ProgressLine progress={prediction.progress} label="Predicting" />
            </div>
            <Button
              size="xs"
              variant="default"
              loading={cancel.isPending}
              disabled={state === "cancelling"}
              onClick={() => cancel.mutate()}
            >
              Cancel
            </Button>
          </Group>
        </Panel>
      )}
      {cancel.isError && <ErrorNotice error={cancel.error} />}
      {state === "failed" && (
        <ErrorNotice
          title="The prediction failed"
          error={new Error(prediction.error || "The log of the worker says more.")}
        />
      )}
      {state === "cancelled" && <StateBadge state={state} />}
      {video.problems.length > 0 && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
          {video.problems.map((problem) => (
            <div key={problem}>{problem}</div>
          ))}
        </Alert>
      )}
      {video.notes.length > 0 && (
        <Text size="sm" c="dimmed">
          {video.notes.join(" ")}
        </Text>
      )}
    </>
  );
}
