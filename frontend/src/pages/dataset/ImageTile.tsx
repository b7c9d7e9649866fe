import { Checkbox, Text } from "@mantine/core";
import { IconMessage, IconPin } from "@tabler/icons-react";
import { memo } from "react";
import { Link } from "react-router";
import type { ImageListItem } from "@/api/types";
import { MaskOverlay } from "@/components/MaskOverlay";
import { PersonMark } from "@/components/PersonMark";
import { formatClock, formatCount, plural } from "@/lib/format";
import { SPLIT_WORDS, STATUS_WORDS } from "./imagesAddress";
import { StatusIcon } from "./StatusIcon";
import classes from "./Dataset.module.css";

type TileProps = {
  image: ImageListItem;
  address: string;
  colors: ReadonlyMap<number, string>;
  /** Who looks at it. */
  myId?: number;
  selected?: boolean;
  /** Without it the tile cannot be selected. */
  onToggle?: (id: string, range: boolean) => void;
};

export const ImageTile = memo(function ImageTile({
  image,
  address,
  colors,
  myId,
  selected = false,
  onToggle,
}: TileProps) {
  const { stem, status, split, instance_count: instances, assignee, open_comments: comments } = image;
  // Nothing in a finished image is a statement; of one that nobody has looked at nothing is known.
  const isFinished = status === "done" || status === "accepted";
  const words = [
    STATUS_WORDS[status].toLowerCase(),
    ...(instances === 0 ? [] : [plural(instances, "object")]),
    ...(instances === 0 && isFinished ? ["nothing in it"] : []),
    ...(image.is_split_pinned ? [`pinned to ${split}`] : []),
    ...(image.video_time_ms == null ? [] : [`at ${formatClock(image.video_time_ms)} of its video`]),
    ...(assignee ? [`assigned to ${assignee.id === myId ? "you" : assignee.username}`] : []),
    ...(comments ? [plural(comments, "open comment")] : []),
  ];
  return (
    <div className={classes.tile} data-selected={selected}>
      {onToggle && (
        <Checkbox
          className={classes.check}
          size="sm"
          checked={selected}
          aria-label={`Select ${stem}`}
          onChange={() => undefined}
          onClick={(event) => onToggle(image.id, event.shiftKey)}
        />
      )}
      <Link
        to={address}
        className={classes.picture}
        style={{ aspectRatio: "4 / 3" }}
        aria-label={`${stem}: ${words.join(", ")}. Open in the editor`}
      >
        <img src={image.thumbnail_url} alt="" loading="lazy" decoding="async" draggable={false} />
        <MaskOverlay
          masks={image.outline.map(({ class_id, points }) => ({
            points,
            color: colors.get(class_id) ?? "#ffffff",
          }))}
          width={image.width}
          height={image.height}
          normalised
          fillOpacity={0.12}
        />
        {comments > 0 && (
          <span className={classes.comments} title={plural(comments, "open comment")}>
            <IconMessage size={13} aria-hidden="true" />
            {comments}
          </span>
        )}
        {assignee && (
          <span className={classes.person}>
            <PersonMark name={assignee.username} isMe={assignee.id === myId} />
          </span>
        )}
      </Link>
      <div className={classes.caption}>
        <StatusIcon status={status} />
        {image.is_split_pinned && (
          <IconPin
            size={13}
            style={{ flex: "none" }}
            aria-hidden="true"
            color="var(--mantine-color-dimmed)"
          />
        )}
        <Text size="xs" truncate title={image.file_name} style={{ flex: 1 }}>
          {stem}
        </Text>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {image.video_time_ms != null && `${formatClock(image.video_time_ms)} · `}
          {SPLIT_WORDS[split].toLowerCase()}
          {instances > 0 ? ` · ${formatCount(instances)}` : isFinished ? " · empty" : ""}
        </Text>
      </div>
    </div>
  );
});
