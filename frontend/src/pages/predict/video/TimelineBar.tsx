import { useComputedColorScheme } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState } from "react";
import { ClassDot } from "@/components/ClassDot";
import { chartColors } from "@/components/chart/style";
import { clockWords } from "./clockWords";
import type { Command } from "./keys";
import type { Stretch } from "./lanes";
import type { Player } from "./player";
import type { Shown } from "./shown";
import { moved, zoomed } from "./stretch";
import { binAt, type Layers, layersOf, type Timeline } from "./timeline";
import { drawTimeline } from "./timelinePaint";
import { usePlayerState } from "./use-player";
import classes from "./VideoPage.module.css";

type Props = {
  player: Player;
  timeline: Timeline;
  shown: Shown;
  classList: readonly { readonly name: string; readonly color: string }[];
  durationMs: number;
  untilMs: number;
  stretch: Stretch;
  onStretch: (change: (stretch: Stretch) => Stretch) => void;
  marks: readonly number[];
  act: (command: Command) => void;
};

/** Counts by class over time, which is the seek bar: press or drag to seek, wheel with Ctrl to zoom. */
export function TimelineBar(props: Props) {
  const { player, timeline, shown, classList, durationMs, untilMs, stretch, onStretch, marks } = props;
  const { ref: sized, width, height } = useElementSize();
  const holder = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sized, holder);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  const scheme = useComputedColorScheme("light");
  const layers = useMemo(() => layersOf(timeline, shown), [timeline, shown]);
  const state = usePlayerState(player);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || width === 0) return;
    const density = window.devicePixelRatio;
    canvas.current.width = Math.round(width * density);
    canvas.current.height = Math.round(height * density);
    context.setTransform(density, 0, 0, density, 0, 0);
    const colors = chartColors(scheme);
    drawTimeline(
      context,
      { width, height },
      {
        timeline,
        layers,
        stretch,
        durationMs,
        untilMs,
        marksMs: marks.map((position) => player.clock.timeOf(position).timeMs),
        look: {
          colors: classList.map(({ color }) => color),
          text: colors.dimmed,
          line: colors.line,
          undone: scheme === "dark" ? "rgb(255 255 255 / 5%)" : "rgb(0 0 0 / 5%)",
        },
      },
    );
  }, [player, timeline, layers, stretch, durationMs, untilMs, marks, classList, scheme, width, height]);

  const timeAt = (clientX: number): number => {
    const box = holder.current?.getBoundingClientRect();
    const share = box && box.width > 0 ? (clientX - box.left) / box.width : 0;
    return stretch.fromMs + Math.min(1, Math.max(0, share)) * (stretch.toMs - stretch.fromMs);
  };
  useWheel(holder, (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      onStretch((last) => zoomed(last, Math.exp(-event.deltaY / 300), timeAt(event.clientX), durationMs));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      onStretch((last) =>
        moved(last, (event.deltaX / Math.max(1, width)) * (last.toMs - last.fromMs), durationMs),
      );
    }
  });
  const shareOf = (ms: number) => (ms - stretch.fromMs) / Math.max(1, stretch.toMs - stretch.fromMs);
  const at = shareOf(state.timeMs);
  return (
    <div
      ref={ref}
      className={classes.timeline}
      role="slider"
      tabIndex={0}
      aria-label="Place in the video"
      aria-valuemin={0}
      aria-valuemax={Math.round(durationMs)}
      aria-valuenow={Math.round(state.timeMs)}
      aria-valuetext={`${clockWords(state.timeMs)} of ${clockWords(durationMs)}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        player.seekTime(timeAt(event.clientX));
      }}
      onPointerMove={(event) => {
        setHover(timeAt(event.clientX));
        if (event.currentTarget.hasPointerCapture(event.pointerId)) player.seekTime(timeAt(event.clientX));
      }}
      onPointerLeave={() => setHover(null)}
      onPointerUp={(event) => event.pointerType !== "mouse" && setHover(null)}
    >
      <canvas ref={canvas} aria-hidden="true" />
      {at >= 0 && at <= 1 && (
        <div className={classes.head} style={{ transform: `translateX(${at * width}px)` }} />
      )}
      {hover !== null && (
        <>
          <div className={classes.hover} style={{ transform: `translateX(${shareOf(hover) * width}px)` }} />
          <Bubble
            x={shareOf(hover) * width}
            width={width}
            timeMs={hover}
            timeline={timeline}
            layers={layers}
            classList={classList}
          />
        </>
      )}
    </div>
  );
}

const LISTED = 4;

/** Time and counts under the pointer. */
function Bubble({
  x,
  width,
  timeMs,
  timeline,
  layers,
  classList,
}: {
  x: number;
  width: number;
  timeMs: number;
  timeline: Timeline;
  layers: Layers;
  classList: Props["classList"];
}) {
  const row = layers.values[binAt(timeline.bins, timeMs)] ?? [];
  const listed = layers.classes
    .map((classIndex, i) => ({ classIndex, value: row[i] ?? 0 }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value);
  const isLeft = x > width / 2;
  return (
    <div
      className={classes.bubble}
      style={{ transform: `translateX(calc(${x}px ${isLeft ? "- 100% - 8px" : "+ 8px"}))` }}
    >
      <b>{clockWords(timeMs)}</b>
      {listed.slice(0, LISTED).map(({ classIndex, value }) => (
        <div key={classIndex}>
          <ClassDot color={classList[classIndex]?.color ?? "#888888"} />
          {Number(value.toFixed(1))} {classList[classIndex]?.name ?? `class ${classIndex}`}
        </div>
      ))}
      {listed.length > LISTED && <div>and {listed.length - LISTED} more classes</div>}
      {listed.length === 0 && <div>no objects</div>}
    </div>
  );
}

/** React's own listeners of the wheel cannot keep the page from scrolling. */
function useWheel(holder: React.RefObject<HTMLElement | null>, act: (event: WheelEvent) => void) {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const listen = (event: WheelEvent) => latest.current(event);
    element.addEventListener("wheel", listen, { passive: false });
    return () => element.removeEventListener("wheel", listen);
  }, [holder]);
}
