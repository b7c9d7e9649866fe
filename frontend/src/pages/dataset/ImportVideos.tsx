import { Button, Checkbox, Group, NumberInput, Radio, Stack, Text } from "@mantine/core";
import { Panel } from "@/components/Page";
import { formatClock, formatCount, plural } from "@/lib/format";
import {
  estimateFrames,
  faultOf,
  type ForeseenVideo,
  isSameRule,
  type FrameRule,
  type RuleDraft,
  type Way,
} from "./videoRule";
import classes from "./Dataset.module.css";

const MOST_FRAMES = 100_000;

const WAYS: Record<Way, { label: string; text: string }> = {
  fps: {
    label: "Frames a second",
    text: "As many frames of each second of the video; one is usually enough.",
  },
  every: { label: "Every n-th frame", text: "Frame 0, n, 2n and so on, however long each is shown." },
  scene: {
    label: "When the scene changes",
    text: "A frame as soon as this share of the image has another brightness than in the last one taken.",
  },
};

type Props = {
  videos: readonly ForeseenVideo[];
  /** The rule by which frames were chosen in the look. */
  rule: FrameRule;
  draft: RuleDraft;
  onChange: (draft: RuleDraft) => void;
  onLookAgain: () => void;
  isLooking: boolean;
};

/** The videos of a source, and which of their frames become images. */
export function ImportVideos({ videos, rule, draft, onChange, onLookAgain, isLooking }: Props) {
  const fault = faultOf(draft);
  const isCounted = isSameRule(draft, rule);
  return (
    <Panel title={`Frames of ${plural(videos.length, "video")}`}>
      <Stack gap="md">
        <WayChoice draft={draft} onChange={onChange} />
        <PartChoice draft={draft} fault={fault} onChange={onChange} />
        <Checkbox
          label="Take near-duplicates too"
          description="Otherwise a frame that looks like one of the same video that is taken is left out."
          checked={draft.keepsDuplicates}
          onChange={(event) => onChange({ ...draft, keepsDuplicates: event.currentTarget.checked })}
        />
        <Group gap="md" align="center">
          <Text size="sm" fw={550} aria-live="polite">
            {isCounted ? countedWords(videos) : estimatedWords(videos, draft)}
          </Text>
          {!isCounted && (
            <Button
              size="xs"
              variant="default"
              loading={isLooking}
              disabled={fault !== null}
              onClick={onLookAgain}
            >
              Count exactly
            </Button>
          )}
        </Group>
        <Stack gap="lg">
          {videos.map((video) => (
            <VideoCard key={video.file} video={video} draft={draft} isCounted={isCounted} />
          ))}
        </Stack>
      </Stack>
    </Panel>
  );
}

function countedWords(videos: readonly ForeseenVideo[]): string {
  const chosen = videos.reduce((sum, video) => sum + video.chosen, 0);
  const left = videos.reduce((sum, video) => sum + video.near_duplicates, 0);
  const dropped = left > 0 ? `; ${plural(left, "near-duplicate")} left out` : "";
  return `${plural(chosen, "frame")}${dropped}.`;
}

function estimatedWords(videos: readonly ForeseenVideo[], draft: RuleDraft): string {
  const count = videos.reduce((sum, video) => sum + estimateFrames(video, draft), 0);
  const rest = draft.keepsDuplicates ? "." : "; near-duplicates will be left out of them.";
  return `About ${plural(count, "frame")}${rest}`;
}

function WayChoice({ draft, onChange }: { draft: RuleDraft; onChange: (draft: RuleDraft) => void }) {
  const limits = { fps: [0.001, 1000, 1], every: [1, 1_000_000, 1], scene: [0.01, 1, 0.05] } as const;
  return (
    <Radio.Group
      label="Which frames become images"
      value={draft.way}
      onChange={(way) => onChange({ ...draft, way })}
    >
      <Stack gap="sm" mt="xs">
        {(Object.keys(WAYS) as Way[]).map((way) => {
          const [min, max, step] = limits[way];
          return (
            <Group key={way} gap="sm" align="flex-start" justify="space-between" maw={640}>
              <Radio
                value={way}
                label={WAYS[way].label}
                description={WAYS[way].text}
                style={{ flex: "1 1 240px" }}
              />
              <NumberInput
                w={110}
                size="sm"
                aria-label={WAYS[way].label}
                min={min}
                max={max}
                step={step}
                clampBehavior="blur"
                allowDecimal={way !== "every"}
                allowNegative={false}
                value={draft[way]}
                onChange={(value) => {
                  if (typeof value === "number" && value >= min && value <= max)
                    onChange({ ...draft, way, [way]: value });
                }}
              />
            </Group>
          );
        })}
      </Stack>
    </Radio.Group>
  );
}

function PartChoice({
  draft,
  fault,
  onChange,
}: {
  draft: RuleDraft;
  fault: string | null;
  onChange: (draft: RuleDraft) => void;
}) {
  return (
    <Group gap="md" align="flex-start">
      <NumberInput
        w={140}
        size="sm"
        label="From second"
        min={0}
        allowNegative={false}
        value={draft.from}
        onChange={(value) => onChange({ ...draft, from: typeof value === "number" ? value : 0 })}
      />
      <NumberInput
        w={140}
        size="sm"
        label="To second"
        placeholder="the end"
        min={0}
        allowNegative={false}
        error={fault}
        value={draft.to ?? ""}
        onChange={(value) => onChange({ ...draft, to: typeof value === "number" ? value : null })}
      />
      <NumberInput
        w={190}
        size="sm"
        label="At most, of each video"
        placeholder="no limit"
        min={1}
        max={MOST_FRAMES}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="blur"
        value={draft.most ?? ""}
        onChange={(value) =>
          onChange({ ...draft, most: typeof value === "number" && value >= 1 ? value : null })
        }
      />
    </Group>
  );
}

function VideoCard({
  video,
  draft,
  isCounted,
}: {
  video: ForeseenVideo;
  draft: RuleDraft;
  isCounted: boolean;
}) {
  const count = isCounted
    ? plural(video.chosen, "frame")
    : `about ${plural(estimateFrames(video, draft), "frame")}`;
  return (
    <Stack gap={6}>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        <Text span fw={550} size="sm">
          {video.file}
        </Text>
        {video.read > 0 && ` ${factsOf(video)}: ${count}.`}
      </Text>
      {video.problem && (
        <Text size="sm" c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
          {video.problem}
        </Text>
      )}
      {video.thumbnails.length > 0 && (
        <div className={classes.foreseen}>
          {video.thumbnails.map(({ frame_number: number, time_ms: time, image }) => (
            <figure key={number} style={{ margin: 0, minWidth: 0 }}>
              <div className={classes.picture} style={{ aspectRatio: "4 / 3" }}>
                <img src={image} alt={`Frame ${formatCount(number)} of ${video.file}`} draggable={false} />
              </div>
              <Text component="figcaption" size="xs" c="dimmed">
                {formatClock(time)}, frame {formatCount(number)}
              </Text>
            </figure>
          ))}
        </div>
      )}
    </Stack>
  );
}

function factsOf({ width, height, duration_ms, end_ms, fps, codec }: ForeseenVideo): string {
  const rate = fps === null ? [] : [`${Number(fps.toFixed(2))} frames a second`];
  return [formatClock(duration_ms ?? end_ms), `${width} × ${height}`, ...rate, codec].join(", ");
}
