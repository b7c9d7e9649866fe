/** Tracks of a video: which are listed, in which order, and where each lies in the stretch that the timeline shows. */
import type { VideoTrack } from "@/api/types";
import { reaches, type Shown } from "./shown";

export type Stretch = { readonly fromMs: number; readonly toMs: number };

/** Tracks that are shown somewhere in the stretch, by their start. */
export function listedTracks(tracks: readonly VideoTrack[], shown: Shown, stretch: Stretch): VideoTrack[] {
  return tracks
    .filter(
      ({ class_index: index, best_confidence: best, from_ms: from, to_ms: to }) =>
        reaches(shown, index, best) && to >= stretch.fromMs && from <= stretch.toMs,
    )
    .sort((a, b) => a.from_ms - b.from_ms || a.track - b.track);
}

/** Left edge and width of a track, each as a share of the stretch. */
export function laneSpan(track: VideoTrack, { fromMs, toMs }: Stretch): { left: number; width: number } {
  const length = Math.max(1, toMs - fromMs);
  const left = Math.max(0, (track.from_ms - fromMs) / length);
  const right = Math.min(1, (track.to_ms - fromMs) / length);
  return { left: Math.min(1, left), width: Math.max(0, right - left) };
}
