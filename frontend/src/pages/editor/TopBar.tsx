import { ActionIcon, Badge, Button, Text, Tooltip } from "@mantine/core";
import { formatClock, formatCount } from "@/lib/format";
import {
  IconArrowLeft,
  IconChevronLeft,
  IconChevronRight,
  IconLayoutBottombar,
  IconLayoutBottombarFilled,
  IconLayoutSidebarRight,
  IconLayoutSidebarRightFilled,
  IconPhotoSearch,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Photograph, Neighbours, Status } from "@/api/types";
import { STATUS_WORDS } from "../dataset/imagesAddress";
import classes from "./editor.module.css";
import { ReviewActions } from "./review/ReviewActions";
import type { Review } from "./review/use-review";
import { SaveIndicator } from "./SaveIndicator";
import type { AnnotationSaver } from "./sync/saver";
import { useSaveState } from "./use-editing";
import { useKeyNames, useKeyOf, withKey } from "./use-keys";
import type { Layout } from "./use-layout";

const STATUS_COLORS: Record<Status, string> = {
  unlabelled: "gray",
  in_progress: "yellow",
  done: "teal",
  sent_back: "orange",
  accepted: "green",
};

type Props = {
  image: Photograph;
  backTo: string;
  backLabel: string;
  neighbours: Neighbours | undefined;
  onPrevious: () => void;
  onNext: () => void;
  onDone: () => void;
  isFinishing: boolean;
  /** False while the canvas shows something else than the annotation. */
  canFinish: boolean;
  editing: { saver: AnnotationSaver } | null;
  layout: Layout;
  hasStrip: boolean;
  /** What the people here do together. */
  team: ReactNode;
  review: Review;
};

export function TopBar({
  image,
  backTo,
  backLabel,
  neighbours,
  onPrevious,
  onNext,
  onDone,
  isFinishing,
  canFinish,
  editing,
  layout,
  hasStrip,
  team,
  review,
}: Props) {
  const keyOf = useKeyNames();
  return (
    <header className={classes.top}>
      <Tooltip label={withKey(backLabel, keyOf("image.leave"))}>
        <ActionIcon
          component={Link}
          to={backTo}
          variant="subtle"
          color="gray"
          size={36}
          aria-label={backLabel}
        >
          <IconArrowLeft size={20} />
        </ActionIcon>
      </Tooltip>
      <div className={classes.title}>
        <FileName name={image.file_name} />
        {image.video_time_ms != null && (
          <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
            {formatClock(image.video_time_ms)}
            {image.video_frame != null && !layout.isCompact && `, frame ${formatCount(image.video_frame)}`}
          </Text>
        )}
        {layout.isCompact && <Position of={neighbours} />}
      </div>
      {/* A reviewer reads the status above the image, in more words. */}
      {editing && !review.isOn && !layout.isCompact && <StatusBadge saver={editing.saver} />}
      <span className={classes.divider} />
      <Tooltip label={withKey("Previous image", keyOf("image.previous"))}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Previous image"
          disabled={!neighbours?.previous}
          onClick={onPrevious}
        >
          <IconChevronLeft size={18} />
        </ActionIcon>
      </Tooltip>
      {!layout.isCompact && <Position of={neighbours} />}
      <Tooltip label={withKey("Next image", keyOf("image.next"))}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Next image"
          disabled={!neighbours?.next}
          onClick={onNext}
        >
          <IconChevronRight size={18} />
        </ActionIcon>
      </Tooltip>
      {hasStrip && !layout.isCompact && (
        <Tooltip label="Images like this">
          <ActionIcon
            component={Link}
            to={`/datasets/${image.dataset}?similar=${image.id}`}
            variant="subtle"
            color="gray"
            aria-label="Images like this"
          >
            <IconPhotoSearch size={18} />
          </ActionIcon>
        </Tooltip>
      )}
      <span className={classes.spring} />
      {!layout.isCompact && (
        <>
          {team}
          <span className={classes.divider} />
        </>
      )}
      {editing && <SaveIndicator saver={editing.saver} />}
      <span className={classes.divider} />
      {!layout.isCompact && (
        <>
          {hasStrip && <Toggle part="strip" layout={layout} />}
          <Toggle part="panel" layout={layout} />
        </>
      )}
      {review.isOn ? (
        <ReviewActions review={review} canJudge={editing !== null && canFinish} />
      ) : (
        <Tooltip label={withKey("Mark as done and open the next", keyOf("image.done"))}>
          <Button
            size="sm"
            onClick={onDone}
            loading={isFinishing}
            disabled={!editing || !canFinish}
            style={{ flex: "none" }}
          >
            Done, next
          </Button>
        </Tooltip>
      )}
    </header>
  );
}

function Position({ of: neighbours }: { of: Neighbours | undefined }) {
  return (
    <Text size="sm" c="dimmed" className={`tabular ${classes.position}`}>
      {neighbours ? `${neighbours.position} of ${neighbours.total}` : "…"}
    </Text>
  );
}

/** Names of one series differ at their ends: the end is seen, however long the name is. */
const NAME_END = 14;

function FileName({ name }: { name: string }) {
  return (
    <Text component="h1" fz={15} fw={600} className={classes.name} title={name}>
      <span className={classes.nameStart}>{name.slice(0, -NAME_END)}</span>
      <span className={classes.nameEnd}>{name.slice(-NAME_END)}</span>
    </Text>
  );
}

const TOGGLES = {
  strip: { label: "images", shown: IconLayoutBottombarFilled, hidden: IconLayoutBottombar },
  panel: {
    label: "classes and objects",
    shown: IconLayoutSidebarRightFilled,
    hidden: IconLayoutSidebarRight,
  },
} as const;

function Toggle({ part, layout }: { part: keyof typeof TOGGLES; layout: Layout }) {
  const key = useKeyOf(`view.${part}`);
  const isShown = layout[part];
  const { label, shown, hidden } = TOGGLES[part];
  const Icon = isShown ? shown : hidden;
  return (
    <Tooltip label={withKey(`${isShown ? "Hide" : "Show"} ${label}`, key)}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Show ${label}`}
        aria-pressed={isShown}
        onClick={() => layout.toggle(part)}
      >
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

function StatusBadge({ saver }: { saver: AnnotationSaver }) {
  useSaveState(saver);
  return (
    <Badge variant="light" color={STATUS_COLORS[saver.status]} tt="none" fw={500} style={{ flex: "none" }}>
      {STATUS_WORDS[saver.status]}
    </Badge>
  );
}
