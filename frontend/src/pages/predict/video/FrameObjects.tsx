import { Text, UnstyledButton } from "@mantine/core";
import { ClassDot } from "@/components/ClassDot";
import { Panel } from "@/components/Page";
import { formatThreshold } from "@/lib/figures";
import { colorOf, type ColorBy } from "./paint";
import type { Player } from "./player";
import { type Shown, shownInstances } from "./shown";
import { usePlayerState } from "./use-player";
import classes from "./VideoPage.module.css";

type Props = {
  player: Player;
  shown: Shown;
  classList: readonly { readonly name: string; readonly color: string }[];
  colorBy: ColorBy;
  lit: number | null;
  onLight: (track: number | null) => void;
};

const LISTED = 100;

/** The objects of the frame that is shown; while it plays, only how many there are. */
export function FrameObjects({ player, shown, classList, colorBy, lit, onLight }: Props) {
  const { frame, isPlaying } = usePlayerState(player);
  const objects = frame ? shownInstances(frame.instances, shown) : [];
  const sorted = isPlaying ? [] : [...objects].sort((a, b) => b[1] - a[1]);
  return (
    <Panel title={`In this frame (${objects.length})`}>
      <div className={classes.list}>
        {isPlaying && (
          <Text size="sm" c="dimmed">
            Pause to list them.
          </Text>
        )}
        {!isPlaying && objects.length === 0 && (
          <Text size="sm" c="dimmed">
            None at this confidence.
          </Text>
        )}
        {sorted.slice(0, LISTED).map((instance, i) => {
          const [classIndex, confidence, track] = instance;
          const row = (
            <>
              <ClassDot color={colorOf(instance, { classes: classList, colorBy })} />
              <Text size="sm" truncate style={{ flex: 1 }} fw={track !== null && track === lit ? 600 : 400}>
                {classList[classIndex]?.name ?? `class ${classIndex}`}
                {track !== null && ` ${track}`}
              </Text>
              <Text size="sm" className="tabular">
                {formatThreshold(confidence)}
              </Text>
            </>
          );
          const style = { display: "flex", gap: 8, alignItems: "center", minHeight: 26, width: "100%" };
          return track === null ? (
            <div key={i} style={style}>
              {row}
            </div>
          ) : (
            <UnstyledButton
              key={i}
              style={style}
              aria-pressed={track === lit}
              onClick={() => onLight(track === lit ? null : track)}
            >
              {row}
            </UnstyledButton>
          );
        })}
        {sorted.length > LISTED && (
          <Text size="sm" c="dimmed">
            and {sorted.length - LISTED} more
          </Text>
        )}
      </div>
    </Panel>
  );
}
