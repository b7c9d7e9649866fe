import { Stack } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { isActive as isAtWork } from "@/api/jobs";
import type { Prediction, VideoFacts, VideoTrack } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page } from "@/components/Page";
import { useHeld } from "@/lib/held";
import { useUrlState } from "@/lib/urlState";
import { FLOOR } from "@/prediction-data/cut";
import { ADDRESS, shownKey } from "./address";
import { ClassPanel } from "./ClassPanel";
import { JobPanel } from "../results/JobPanel";
import { actsOf, toggleFullScreen } from "./commands";
import { ControlBar } from "./ControlBar";
import { FrameObjects } from "./FrameObjects";
import { FramesInto } from "./FramesInto";
import { KeyHelp } from "./KeyHelp";
import type { Command } from "./keys";
import { useTimeline, useTracks } from "./requests";
import type { Shown } from "./shown";
import { sourceOf } from "./source";
import { Stage } from "./Stage";
import { wholeOf, zoomed } from "./stretch";
import { layersOf, NO_TIMELINE } from "./timeline";
import { TimelineBar } from "./TimelineBar";
import { TrackLanes } from "./TrackLanes";
import { useFrameTaking } from "./use-frame-taking";
import { useMarks } from "./use-marks";
import { useRestedAt, useStartAt, useStretch } from "./use-place";
import { usePlayer } from "./use-player";
import { useVideoKeys } from "./use-video-keys";
import { VideoDownloads } from "./VideoDownloads";
import { VideoLead, VideoProblems } from "./VideoHead";
import classes from "./VideoPage.module.css";

const NO_TRACKS: readonly VideoTrack[] = [];
const ALL: Shown = { confidence: FLOOR, ofClass: new Map(), hidden: new Set() };

/** The prediction of a video: the video with its objects, and what was counted over time. */
export function VideoPage({
  prediction,
  video,
  mayCarry,
}: {
  prediction: Prediction;
  video: VideoFacts;
  /** Whether the person may carry its frames away. */
  mayCarry: boolean;
}) {
  const { id, classes: classList } = prediction;
  const isActive = isAtWork(prediction.state);
  const view = useView(prediction);
  const { shown, address, setAddress, lit, light } = view;

  const timelineQuery = useTimeline(id, isActive);
  const tracksQuery = useTracks(id, isActive);
  const timeline = timelineQuery.data ?? NO_TIMELINE;
  const tracks = tracksQuery.data ?? NO_TRACKS;

  const player = usePlayer(id);
  const source = useMemo(() => sourceOf(video, timeline, isActive), [video, timeline, isActive]);
  const { durationMs } = source;
  const [isMuted, setMuted] = useState(false);
  useEffect(() => player.know(source), [player, source]);
  useEffect(() => player.setShown(shown), [player, shown]);
  useEffect(
    () => player.setLook({ classes: classList, colorBy: address.by, names: address.names, lit }),
    [player, classList, address.by, address.names, lit],
  );
  useEffect(() => player.setSound(1, isMuted), [player, isMuted]);
  useStartAt(player, address.frame, source.count > 0);
  useRestedAt(player, (frame) => setAddress({ frame }));

  const [stretch, setStretch] = useStretch(player, durationMs);
  const marks = useMarks(id);
  const taking = useFrameTaking(id, prediction.dataset, marks.remove);
  const [isHelp, setHelp] = useState(false);
  const holder = useRef<HTMLDivElement>(null);
  const acts = actsOf({
    player,
    marks: marks.all,
    toggleMark: marks.toggle,
    take: taking.take,
    zoom: (factor) =>
      setStretch((last) =>
        factor === null ? wholeOf(durationMs) : zoomed(last, factor, player.read().timeMs, durationMs),
      ),
    toggleNames: () => setAddress({ names: !address.names }),
    toggleSound: () => setMuted((last) => !last),
    fullScreen: () => toggleFullScreen(holder.current),
    showHelp: () => setHelp(true),
  });
  const act = (command: Command) => acts[command]();
  useVideoKeys(act);

  const found = useMemo(() => layersOf(timeline, ALL).classes, [timeline]);
  const goTo = (track: VideoTrack, position: number) => {
    light(track.track);
    player.pause();
    player.seekTo(position);
  };
  const objects = { player, shown, classList, colorBy: address.by, lit };
  return (
    <Page
      title={prediction.source_name || `Prediction ${id}`}
      lead={<VideoLead prediction={prediction} video={video} count={source.count} />}
      actions={<VideoDownloads prediction={prediction} shown={shown} mayCarry={mayCarry} />}
    >
      <Stack gap="md">
        <JobPanel prediction={prediction} done={source.count} />
        <VideoProblems video={video} />
        {timelineQuery.isError && (
          <ErrorNotice error={timelineQuery.error} onRetry={() => void timelineQuery.refetch()} />
        )}
        <div className={classes.layout}>
          <div className={classes.player} ref={holder}>
            <Stage
              {...objects}
              playing={video.playing}
              src={`/api/predictions/${id}/video`}
              width={source.width}
              height={source.height}
              onToggle={acts.toggle}
            />
            <ControlBar
              {...{ player, durationMs, isMuted, act }}
              hasAudio={video.has_audio}
              marks={marks.all}
              isTaking={taking.isTaking}
              onTakeMarks={() => taking.take(marks.all)}
            />
            <TimelineBar
              {...{ player, timeline, shown, classList, durationMs, stretch, act }}
              untilMs={source.untilMs}
              onStretch={setStretch}
              marks={marks.all}
            />
            {tracks.length > 0 && (
              <TrackLanes
                {...objects}
                {...{ tracks, stretch }}
                onPick={(track) => goTo(track, track.from_position)}
                onBest={(track) => goTo(track, track.best_position)}
                onClear={() => light(null)}
              />
            )}
          </div>
          <div className={classes.side}>
            <ClassPanel
              {...{ classList, found, shown }}
              onMove={view.move}
              onSettle={view.settle}
              isTracked={tracks.length > 0}
              colorBy={address.by}
              onColorBy={(color) => setAddress({ by: color })}
              names={address.names}
              onNames={(names) => setAddress({ names })}
            />
            <FrameObjects {...objects} onLight={light} />
            <FramesInto dataset={taking.dataset} onChoose={taking.chooseAnother} />
          </div>
        </div>
      </Stack>
      {taking.dialog}
      <KeyHelp opened={isHelp} onClose={() => setHelp(false)} />
    </Page>
  );
}

const isSameShown = (a: Shown, b: Shown) => shownKey(a) === shownKey(b);

/** What is shown and how, as the address has it; a slider runs ahead of the address while it moves. */
function useView(prediction: Prediction) {
  const [address, setAddress] = useUrlState(ADDRESS);
  const confidence = address.confidence < 0 ? Math.max(FLOOR, prediction.confidence) : address.confidence;
  const { at, off } = address;
  const settled = useMemo<Shown>(
    () => ({ confidence, ofClass: new Map(at), hidden: new Set(off) }),
    [confidence, at, off],
  );
  const hand = useHeld(settled, isSameShown);
  const settle = (next: Shown) => {
    hand.settle(next);
    setAddress({ confidence: next.confidence, at: [...next.ofClass], off: [...next.hidden] });
  };
  return {
    shown: hand.shown,
    move: hand.move,
    settle,
    address,
    setAddress,
    lit: address.track < 0 ? null : address.track,
    light: (track: number | null) => setAddress({ track: track ?? -1 }),
  };
}
