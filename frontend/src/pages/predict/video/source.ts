import type { Source } from "./player";
import type { Timeline } from "./timeline";
import type { VideoFacts } from "./wire";

/** What the player knows of the video: facts of the file, and how far it is predicted. */
export function sourceOf(video: VideoFacts, timeline: Timeline, isActive: boolean): Source {
  const last = timeline.bins.at(-1);
  const count = last ? last.position + last.frames : 0;
  const perFrame = video.frame_count > 0 ? video.duration_ms / video.frame_count : 1000 / (video.fps ?? 30);
  const untilMs = last ? Math.min(video.duration_ms, endOf(timeline, perFrame)) : 0;
  return {
    width: Math.max(1, video.width),
    height: Math.max(1, video.height),
    durationMs: video.duration_ms,
    count,
    untilMs: isActive || count === 0 ? untilMs : video.duration_ms,
    isActive,
    anchors: timeline.bins,
  };
}

/** Where the last bin ends: as long after its begin as its frames last. */
function endOf({ bins }: Timeline, perFrame: number): number {
  const last = bins.at(-1);
  const before = bins.at(-2);
  if (!last) return 0;
  const each = before && before.frames > 0 ? (last.time_ms - before.time_ms) / before.frames : perFrame;
  return last.time_ms + last.frames * each;
}
