import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "react-router";
import type { Prediction, VideoFacts } from "@/api/types";
import { Ago } from "@/components/Ago";
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
  const { checkpoint, model } = prediction;
  const rate = video.is_variable
    ? "variable frame rate"
    : video.fps !== null && `${Number(video.fps.toFixed(2))} frames a second`;
  return (
    <>
      Prediction {prediction.id} ·{" "}
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

/** What of the file could not be read, and what else a person should know of it. */
export function VideoProblems({ video: { problems, notes } }: { video: VideoFacts }) {
  return (
    <>
      {problems.length > 0 && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
          {problems.map((problem) => (
            <div key={problem}>{problem}</div>
          ))}
        </Alert>
      )}
      {notes.length > 0 && (
        <Text size="sm" c="dimmed">
          {notes.join(" ")}
        </Text>
      )}
    </>
  );
}
