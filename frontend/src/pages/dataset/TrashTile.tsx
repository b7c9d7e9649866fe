import { Checkbox, Text } from "@mantine/core";
import { type ReactNode, useId } from "react";
import type { User } from "@/api/types";
import { type Mask, MaskOverlay } from "@/components/MaskOverlay";
import { formatAgo, formatDay, formatMoment } from "@/lib/format";
import classes from "./Dataset.module.css";

/** What everything in the trash tells. */
export type Trashed = { id: string; deleted_at: string; deleted_by: User | null; purged_at: string };

export type Selection = { selected: boolean; onToggle: (id: string, range: boolean) => void };

type TileProps = Selection & {
  thing: Trashed;
  name: string;
  /** A thumbnail with outlines, normalised to 0..1. */
  picture: { src: string; width: number; height: number; masks: readonly Mask[] };
  caption: ReactNode;
};

/** Height of the three lines below a picture, in pixels. */
export const TRASH_CAPTION = 66;

/** A picture in the trash: clicking it selects it; below stand who, when, and until when. */
export function TrashTile({ thing, name, picture, caption, selected, onToggle }: TileProps) {
  const id = useId();
  const who = thing.deleted_by?.display_name ?? "somebody";
  const until = formatDay(thing.purged_at);
  return (
    <div className={classes.tile} data-selected={selected}>
      <Checkbox
        id={id}
        className={classes.check}
        size="sm"
        checked={selected}
        aria-label={`Select ${name}, deleted by ${who}, ${formatAgo(thing.deleted_at)}, kept until ${until}`}
        onChange={() => undefined}
        onClick={(event) => onToggle(thing.id, event.shiftKey)}
      />
      <label htmlFor={id} className={`${classes.picture} ${classes.selectable}`} aria-hidden="true">
        <img src={picture.src} alt="" loading="lazy" decoding="async" draggable={false} />
        <MaskOverlay
          masks={picture.masks}
          width={picture.width}
          height={picture.height}
          normalised
          fillOpacity={0.25}
          strokeWidth={2}
        />
      </label>
      <div className={classes.caption}>{caption}</div>
      <Text
        size="xs"
        c="dimmed"
        lh="18px"
        px={2}
        truncate
        title={`${who}, ${formatMoment(thing.deleted_at)}`}
      >
        Deleted {formatAgo(thing.deleted_at)} by {who}
      </Text>
      <Text size="xs" c="dimmed" lh="18px" px={2} truncate className="tabular">
        Kept until {until}
      </Text>
    </div>
  );
}
