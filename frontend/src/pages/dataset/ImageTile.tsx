import { Checkbox, Text } from "@mantine/core";
import { IconMessage, IconPhotoSearch, IconPin } from "@tabler/icons-react";
import { memo, useEffect, useRef } from "react";
import { Link, useNavigate } from "react-router";
import type { Tag } from "@/api/tags";
import type { ImageListItem } from "@/api/types";
import { MaskOverlay } from "@/components/MaskOverlay";
import { PersonMark } from "@/components/PersonMark";
import { formatClock, formatCount, plural } from "@/lib/format";
import { SPLIT_WORDS, STATUS_WORDS } from "./imagesAddress";
import { StatusIcon } from "./StatusIcon";
import classes from "./Dataset.module.css";

const MOST_TAGS = 2;

type TileProps = {
  image: ImageListItem & { tags?: readonly number[]; distance?: number };
  address: string;
  colors: ReadonlyMap<number, string>;
  /** Who looks at it. */
  myId?: number;
  selected?: boolean;
  /** Without it the tile cannot be selected. */
  onToggle?: (id: string, range: boolean) => void;
  /** The tags of the dataset by their ids. */
  tags?: ReadonlyMap<number, Tag>;
  /** Where images like this one are shown. */
  similarAddress?: string;
  /** Of a grid whose tiles the arrow keys walk through. */
  tile?: number;
  tabIndex?: 0 | -1;
  isWanted?: boolean;
};

export const ImageTile = memo(function ImageTile({
  image,
  address,
  colors,
  myId,
  selected = false,
  onToggle,
  tags,
  similarAddress,
  tile,
  tabIndex,
  isWanted = false,
}: TileProps) {
  const navigate = useNavigate();
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isWanted) link.current?.focus();
  }, [isWanted]);
  const own = (image.tags ?? []).flatMap((id) => tags?.get(id) ?? []);
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
    ...own.map(({ name }) => `tagged ${name}`),
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
        ref={link}
        data-tile={tile}
        tabIndex={tabIndex}
        style={{ aspectRatio: "4 / 3" }}
        aria-label={`${stem}: ${words.join(", ")}. Open in the editor`}
        aria-keyshortcuts={similarAddress ? "S" : undefined}
        onKeyDown={(event) => {
          const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey;
          if (similarAddress && isPlain && event.key.toLowerCase() === "s") void navigate(similarAddress);
        }}
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
      {similarAddress && (
        <Link
          to={similarAddress}
          className={classes.similar}
          tabIndex={-1}
          title="Images like this (S)"
          aria-label={`Images like ${stem}`}
        >
          <IconPhotoSearch size={15} aria-hidden="true" />
        </Link>
      )}
      {own.length > 0 && (
        <div className={classes.tags} aria-hidden="true">
          {own.slice(0, MOST_TAGS).map(({ id, name, color }) => (
            <span key={id} className={classes.tag} title={name}>
              <span className={classes.tagDot} style={{ background: color }} />
              {name}
            </span>
          ))}
          {own.length > MOST_TAGS && <span className={classes.tag}>+{own.length - MOST_TAGS}</span>}
        </div>
      )}
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
          {image.distance !== undefined && `${image.distance === 0 ? "same" : `± ${image.distance}`} · `}
          {image.video_time_ms != null && `${formatClock(image.video_time_ms)} · `}
          {SPLIT_WORDS[split].toLowerCase()}
          {instances > 0 ? ` · ${formatCount(instances)}` : isFinished ? " · empty" : ""}
        </Text>
      </div>
    </div>
  );
});
