import { ActionIcon, Group, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconStar, IconX } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import type { VideoTrack } from "@/api/types";
import { formatThreshold } from "@/lib/figures";
import { plural } from "@/lib/format";
import { clockWords } from "./clockWords";
import { laneSpan, listedTracks, type Stretch } from "./lanes";
import { type ColorBy, trackColor } from "./paint";
import type { Shown } from "./shown";
import classes from "./VideoPage.module.css";

const LANE = 24;
const COARSE_LANE = 44;

type Props = {
  tracks: readonly VideoTrack[];
  shown: Shown;
  stretch: Stretch;
  classList: readonly { readonly name: string; readonly color: string }[];
  colorBy: ColorBy;
  lit: number | null;
  /** Jumps to where it begins and lights it. */
  onPick: (track: VideoTrack) => void;
  onBest: (track: VideoTrack) => void;
  onClear: () => void;
};

/** One lane a track, below the timeline and on its scale. */
export function TrackLanes(props: Props) {
  const { tracks, shown, stretch, classList, colorBy, lit, onPick, onBest, onClear } = props;
  const listed = useMemo(() => listedTracks(tracks, shown, stretch), [tracks, shown, stretch]);
  const holder = useRef<HTMLDivElement>(null);
  const height = window.matchMedia("(pointer: coarse)").matches ? COARSE_LANE : LANE;
  const rows = useVirtualizer({
    count: listed.length,
    getScrollElement: () => holder.current,
    estimateSize: () => height,
    overscan: 10,
  });
  const nameOf = ({ class_index: index }: VideoTrack) => classList[index]?.name ?? `class ${index}`;
  const picked = tracks.find(({ track }) => track === lit);
  return (
    <div>
      <Group gap="xs" px={12} py={4} wrap="nowrap" mih={34}>
        <Text size="xs" c="dimmed" truncate style={{ flex: 1 }}>
          {plural(listed.length, "track")} in this stretch
        </Text>
        {picked && (
          <>
            <Text size="xs" fw={600} truncate>
              {nameOf(picked)} {picked.track}
            </Text>
            <Tooltip label={`Its best frame, confidence ${formatThreshold(picked.best_confidence)}`}>
              <ActionIcon
                size="sm"
                variant="subtle"
                color="gray"
                aria-label="Go to its best frame"
                onClick={() => onBest(picked)}
              >
                <IconStar size={16} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="Light all again">
              <ActionIcon
                size="sm"
                variant="subtle"
                color="gray"
                aria-label="Light all again"
                onClick={onClear}
              >
                <IconX size={16} />
              </ActionIcon>
            </Tooltip>
          </>
        )}
      </Group>
      <div ref={holder} className={classes.lanes} role="list" aria-label="Tracks">
        <div style={{ position: "relative", height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const track = listed[index];
            if (!track) return null;
            const { left, width } = laneSpan(track, stretch);
            const words = `${nameOf(track)} ${track.track}`;
            const color = colorBy === "track" ? trackColor(track.track) : classList[track.class_index]?.color;
            return (
              <div key={`${track.track}-${track.from_position}`} role="listitem">
                <UnstyledButton
                  className={classes.lane}
                  style={{ top: start, height }}
                  data-lit={track.track === lit}
                  aria-pressed={track.track === lit}
                  aria-label={`${words}: ${clockWords(track.from_ms)} to ${clockWords(track.to_ms)}, best confidence ${formatThreshold(track.best_confidence)}`}
                  onClick={() => onPick(track)}
                  onDoubleClick={() => onBest(track)}
                >
                  <span
                    className={classes.bar}
                    style={{ left: `${left * 100}%`, width: `${width * 100}%`, background: color }}
                  />
                  <span
                    className={classes.laneName}
                    style={
                      left < 0.7
                        ? { left: `calc(${left * 100}% + 4px)` }
                        : { right: `calc(${(1 - left) * 100}% + 4px)` }
                    }
                  >
                    {words}
                  </span>
                </UnstyledButton>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
