import type { VideoFacts } from "@/api/types";
import type { Source } from "./player";
import type { Timeline } from "./timeline";

/** What the player knows of the video: facts of the file, and how far it is predicted. */
export function sourceOf(video: VideoFacts, timeline: Timeline, isActive: boolean): Source {
  const { bins, endMs } = timeline;
  const count = bins.reduce((sum, { frames }) => sum + frames, 0);
  const durationMs = Math.max(video.duration_ms ?? 0, endMs);
  return {
    width: Math.max(1, video.width),
    height: Math.max(1, video.height),
    startMs: video.start_ms,
    durationMs,
    count,
    untilMs: endMs,
    isActive,
    anchors: bins,
  };
}
