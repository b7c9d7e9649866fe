import { Loader } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { VideoFacts } from "@/api/types";
import { plural } from "@/lib/format";
import { instanceAt, wordsOf } from "./paint";
import type { Player } from "./player";
import { type Shown, shownInstances } from "./shown";
import { usePlayerState } from "./use-player";
import classes from "./VideoPage.module.css";

type Props = {
  player: Player;
  /** Address of the file; it answers once `playing` is "ready". */
  src: string;
  playing: VideoFacts["playing"];
  width: number;
  height: number;
  shown: Shown;
  classList: readonly { readonly name: string; readonly color: string }[];
  onToggle: () => void;
};

/** The video, and over it a canvas with the same frame and its objects, drawn in one stroke. */
export function Stage({ player, src, playing, width, height, shown, classList, onToggle }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const state = usePlayerState(player);
  const [words, setWords] = useState("");

  useEffect(() => {
    if (!video.current || !canvas.current) return;
    player.attach(video.current, canvas.current);
    return () => player.detach();
  }, [player]);

  useEffect(() => {
    if (playing === "failed") player.useStills();
  }, [player, playing]);

  useEffect(() => {
    const holder = stage.current;
    if (!holder) return;
    const fit = () => {
      const scale = Math.min(holder.clientWidth / width, holder.clientHeight / height);
      const next = { width: Math.floor(width * scale), height: Math.floor(height * scale) };
      setSize(next);
      player.resize(next.width, next.height, window.devicePixelRatio);
    };
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(holder);
    return () => observer.disconnect();
  }, [player, width, height]);

  const objects = state.frame ? shownInstances(state.frame.instances, shown) : [];
  const say = (event: React.PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    const found = instanceAt(objects, x, y);
    setWords(found ? wordsOf(found, classList) : "");
  };
  return (
    <div className={classes.stage} ref={stage} style={{ aspectRatio: `${width} / ${height}` }}>
      <div className={classes.frame} style={size}>
        {/* Nobody has written captions for what was filmed to be counted. */}
        {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
        <video
          ref={video}
          src={playing === "ready" ? src : undefined}
          preload="auto"
          playsInline
          disablePictureInPicture
          tabIndex={-1}
        />
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Frame ${state.position + 1}: ${plural(objects.length, "object")}`}
          title={words}
          data-position={state.frame ? state.position : undefined}
          onPointerMove={say}
          onClick={onToggle}
        />
      </div>
      <Note player={player} playing={playing} />
    </div>
  );
}

function Note({ player, playing }: Pick<Props, "player" | "playing">) {
  const { isReady, isWaiting, isPredicted, isStills, error } = usePlayerState(player);
  if (error !== null) {
    return (
      <div className={classes.note} role="alert">
        {error instanceof Error ? error.message : "The objects of this frame cannot be loaded."}
      </div>
    );
  }
  if (!isReady && playing === "preparing") {
    return (
      <div className={classes.note}>
        <Loader size={12} color="gray" mr={8} aria-hidden="true" />A worker makes a file that browsers play
      </div>
    );
  }
  if (!isReady) {
    return (
      <div className={classes.note}>
        <Loader size={12} color="gray" mr={8} aria-hidden="true" />
        Loading the video
      </div>
    );
  }
  if (!isPredicted) return <div className={classes.note}>This part is not predicted yet</div>;
  if (isWaiting) return <div className={classes.note}>Loading objects</div>;
  if (isStills) {
    return (
      <div className={classes.note}>
        This browser cannot play the file: its frames are shown one by one, without sound
      </div>
    );
  }
  return null;
}
