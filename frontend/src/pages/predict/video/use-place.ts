import { useCallback, useEffect, useRef, useState } from "react";
import type { Stretch } from "./lanes";
import type { Player } from "./player";
import { following, isWhole, wholeOf } from "./stretch";

/** Goes where the address says, once it is known what frames there are. */
export function useStartAt(player: Player, position: number, isKnown: boolean): void {
  const [start] = useState(position);
  const isDone = useRef(false);
  useEffect(() => {
    if (!isKnown || isDone.current) return;
    isDone.current = true;
    if (start > 0) player.seekTo(start);
  }, [player, start, isKnown]);
}

const REST_MS = 600;

/** Says where the video rests, for the address. */
export function useRestedAt(player: Player, say: (position: number) => void): void {
  const latest = useRef(say);
  useEffect(() => {
    latest.current = say;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [known, wasReady] = [player.read().position, false];
    const unsubscribe = player.subscribe(() => {
      const { position, isPlaying, isReady } = player.read();
      clearTimeout(timer);
      if (!isReady || isPlaying) return;
      // The frame that shows first is nobody's choice.
      if (!wasReady) [wasReady, known] = [true, position];
      if (position === known) return;
      timer = setTimeout(() => {
        known = position;
        latest.current(position);
      }, REST_MS);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [player]);
}

/** The stretch that the timeline shows: the whole video until somebody zooms; then it follows what plays. */
export function useStretch(player: Player, durationMs: number) {
  const [zoom, setZoom] = useState<Stretch | null>(null);
  const whole = wholeOf(durationMs);
  const stretch = zoom ?? whole;
  const change = useCallback(
    (next: (stretch: Stretch) => Stretch) =>
      setZoom((last) => {
        const changed = next(last ?? wholeOf(durationMs));
        return isWhole(changed, durationMs) ? null : changed;
      }),
    [durationMs],
  );
  useEffect(
    () =>
      player.subscribe(() => setZoom((last) => last && following(last, player.read().timeMs, durationMs))),
    [player, durationMs],
  );
  return [stretch, change] as const;
}
