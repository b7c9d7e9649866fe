/** Tracks of a video: which are listed, in which order, and where each lies in the stretch that the timeline shows. */
import { floorOf, reaches, type Shown } from "./shown";

export type Track = {
  readonly track: number;
  readonly class_index: number;
  readonly from_ms: number;
  readonly to_ms: number;
  /** When it is most confident. */
  readonly best_ms: number;
  readonly best_confidence: number;
};

export type Stretch = { readonly fromMs: number; readonly toMs: number };

/** Tracks that are shown somewhere in the stretch, by their start. */
export function listedTracks<T extends Track>(tracks: readonly T[], shown: Shown, stretch: Stretch): T[] {
  return tracks
    .filter(
      ({ class_index: index, best_confidence: best, from_ms: from, to_ms: to }) =>
        reaches(best, floorOf(shown, index)) && to >= stretch.fromMs && from <= stretch.toMs,
    )
    .sort((a, b) => a.from_ms - b.from_ms || a.track - b.track);
}

/** Left edge and width of a track, each as a share of the stretch. */
export function laneSpan(track: Track, { fromMs, toMs }: Stretch): { left: number; width: number } {
  const length = Math.max(1, toMs - fromMs);
  const left = Math.max(0, (track.from_ms - fromMs) / length);
  const right = Math.min(1, (track.to_ms - fromMs) / length);
  return { left: Math.min(1, left), width: Math.max(0, right - left) };
}

/** Place of the listed track to scroll to: the first that is not over at a time. */
export function laneAt(tracks: readonly Track[], timeMs: number): number {
  const at = tracks.findIndex(({ to_ms: to }) => to >= timeMs);
  return at < 0 ? tracks.length - 1 : at;
}
