import { ActionIcon, Badge, Button, Group, Select, Tooltip } from "@mantine/core";
import {
  IconBookmark,
  IconBookmarkFilled,
  IconKeyboard,
  IconMaximize,
  IconPhotoPlus,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBack,
  IconPlayerSkipForward,
  IconVolume,
  IconVolumeOff,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { formatCount, plural } from "@/lib/format";
import { clockWords } from "./clockWords";
import type { Command } from "./keys";
import type { Player } from "./player";
import { usePlayerState } from "./use-player";
import classes from "./VideoPage.module.css";

type Props = {
  player: Player;
  durationMs: number;
  hasAudio: boolean;
  isMuted: boolean;
  marks: readonly number[];
  isTaking: boolean;
  act: (command: Command) => void;
  onTakeMarks: () => void;
};

const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** A press with the mouse leaves the focus where it is, so that Space goes on to play. */
const keepFocus = (event: React.MouseEvent) => event.preventDefault();

export function ControlBar({
  player,
  durationMs,
  hasAudio,
  isMuted,
  marks,
  isTaking,
  act,
  onTakeMarks,
}: Props) {
  const { isPlaying, rate, position } = usePlayerState(player);
  const isMarked = marks.includes(position);
  return (
    <div className={classes.controls}>
      <Group gap={2} wrap="nowrap">
        <Control label="Previous frame" keys="←" onClick={() => act("previousFrame")}>
          <IconPlayerSkipBack size={18} />
        </Control>
        <Control label={isPlaying ? "Pause" : "Play"} keys="Space" onClick={() => act("toggle")} isMain>
          {isPlaying ? <IconPlayerPauseFilled size={20} /> : <IconPlayerPlayFilled size={20} />}
        </Control>
        <Control label="Next frame" keys="→" onClick={() => act("nextFrame")}>
          <IconPlayerSkipForward size={18} />
        </Control>
      </Group>
      <Clock player={player} durationMs={durationMs} />
      <span className={classes.spread} />
      <Select
        size="xs"
        w={82}
        aria-label="Speed"
        allowDeselect={false}
        value={String(Math.abs(rate))}
        data={SPEEDS.map((speed) => ({ value: String(speed), label: `${speed} ×` }))}
        onChange={(value) => player.setSpeed(Number(value ?? 1))}
      />
      {hasAudio && (
        <Control label={isMuted ? "Sound on" : "Sound off"} keys="Shift M" onClick={() => act("mute")}>
          {isMuted ? <IconVolumeOff size={18} /> : <IconVolume size={18} />}
        </Control>
      )}
      <Control
        label={isMarked ? "Unmark this frame" : "Mark this frame"}
        keys="M"
        onClick={() => act("mark")}
        isPressed={isMarked}
      >
        {isMarked ? <IconBookmarkFilled size={18} /> : <IconBookmark size={18} />}
      </Control>
      {marks.length > 0 && (
        <Button size="xs" variant="light" onMouseDown={keepFocus} loading={isTaking} onClick={onTakeMarks}>
          Take in {plural(marks.length, "marked frame")}
        </Button>
      )}
      <Tooltip label="This frame becomes an image of a dataset, its objects ghosts (D)">
        <Button
          size="xs"
          variant="default"
          onMouseDown={keepFocus}
          loading={isTaking}
          leftSection={<IconPhotoPlus size={16} />}
          onClick={() => act("take")}
        >
          Frame into the dataset
        </Button>
      </Tooltip>
      <Control label="Keys" keys="?" onClick={() => act("help")}>
        <IconKeyboard size={18} />
      </Control>
      <Control label="Full screen" keys="F" onClick={() => act("fullScreen")}>
        <IconMaximize size={18} />
      </Control>
    </div>
  );
}

function Control({
  label,
  keys,
  onClick,
  isMain = false,
  isPressed,
  children,
}: {
  label: string;
  keys: string;
  onClick: () => void;
  isMain?: boolean;
  isPressed?: boolean;
  children: ReactNode;
}) {
  return (
    <Tooltip label={`${label} (${keys})`}>
      <ActionIcon
        size="lg"
        variant={isMain ? "filled" : "subtle"}
        color={isMain ? undefined : "gray"}
        aria-label={label}
        aria-pressed={isPressed}
        onMouseDown={keepFocus}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** Time, length and frame. */
function Clock({ player, durationMs }: { player: Player; durationMs: number }) {
  const { timeMs, position, rate, isPlaying, frame } = usePlayerState(player);
  const number = frame?.frame ?? position;
  return (
    <div className={classes.clock}>
      <b>{clockWords(timeMs)}</b> / {clockWords(durationMs)} · frame{" "}
      <span data-testid="frame">{formatCount(number)}</span>
      {isPlaying && rate !== 1 && (
        <Badge size="sm" variant="light" color="gray" ml={8}>
          {rate < 0 ? "−" : ""}
          {Math.abs(rate)} ×
        </Badge>
      )}
    </div>
  );
}
