import {
  type Icon,
  IconBroadcast,
  IconDatabase,
  IconFileZip,
  IconFolder,
  IconPhoto,
  IconSnowflake,
  IconVideo,
  IconWorld,
} from "@tabler/icons-react";
import type { Prediction } from "@/api/types";

type Source = { kind: string; icon: Icon; isVideo?: boolean };

const SOURCES: Record<Prediction["source_kind"], Source> = {
  upload: { kind: "Uploaded images", icon: IconPhoto },
  archive: { kind: "Uploaded archive", icon: IconFileZip },
  url: { kind: "From a URL", icon: IconWorld },
  server_folder: { kind: "Folder of the server", icon: IconFolder },
  dataset: { kind: "Dataset", icon: IconDatabase },
  version: { kind: "Version", icon: IconSnowflake },
  video: { kind: "Video", icon: IconVideo, isVideo: true },
  stream: { kind: "Live stream", icon: IconBroadcast, isVideo: true },
};

export const historySource = ({ source_kind }: Pick<Prediction, "source_kind">): Source =>
  SOURCES[source_kind];

/** What a list calls a prediction: its source, or its number where the source has no name. */
export function nameOfPrediction({ id, source_name }: Pick<Prediction, "id" | "source_name">): string {
  return source_name || `prediction ${id}`;
}
