import { Skeleton } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { coveredTop } from "@/lib/stickyBar";
import classes from "./Dataset.module.css";
import { type TileFocus, useTileFocus } from "./use-tile-focus";

const GAP = 12;
const CAPTION = 28;

/** How many tiles fit side by side, and how high a row becomes. */
function gridShape(
  width: number,
  minTile: number,
  caption = CAPTION,
): { columns: number; rowHeight: number } {
  const columns = Math.max(1, Math.floor((width + GAP) / (minTile + GAP)));
  const tile = Math.max(0, (width - GAP * (columns - 1)) / columns);
  return { columns, rowHeight: Math.round(tile * 0.75) + caption + GAP };
}

type GridProps = {
  count: number;
  hasMore: boolean;
  onEnd: () => void;
  /** A tile whose button heeds `focus` is reached by the arrow keys. */
  renderTile: (index: number, focus: TileFocus) => ReactNode;
  minTile?: number;
  /** Height of what stands below each picture, in pixels. */
  caption?: number;
  label: string;
};

/** Tiles in rows of which only those near the window exist, so that 100,000 images cost as much as 100. */
export function ImageGrid({
  count,
  hasMore,
  onEnd,
  renderTile,
  minTile = 196,
  caption = CAPTION,
  label,
}: GridProps) {
  const { ref: sizeRef, width } = useElementSize();
  const holder = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const [covered, setCovered] = useState(0);
  const { columns, rowHeight } = gridShape(width, minTile, caption);
  const rows = Math.ceil(count / columns) + (hasMore ? 1 : 0);

  useLayoutEffect(() => {
    const top = holder.current ? holder.current.getBoundingClientRect().top + window.scrollY : 0;
    setMargin((known) => (Math.abs(known - top) > 1 ? top : known));
    setCovered(coveredTop());
  }, [width, count]);

  const virtual = useWindowVirtualizer({
    count: width > 0 ? rows : 0,
    estimateSize: () => rowHeight,
    overscan: 3,
    scrollMargin: margin,
    scrollPaddingStart: covered,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const visible = virtual.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  const { focusOf, onFocus, onKeyDown } = useTileFocus({
    holder,
    count,
    columns,
    visible: [(visible[0]?.index ?? 0) * columns, (last + 1) * columns - 1],
    reveal: (tile) => virtual.scrollToIndex(Math.floor(tile / columns)),
  });
  const nearEnd = hasMore && rows > 0 && last >= rows - 3;
  useEffect(() => {
    if (nearEnd) onEnd();
  }, [nearEnd, onEnd, count]);

  return (
    <div ref={sizeRef}>
      {/* The keys are those of the tiles' buttons, which walk to each other. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={holder}
        role="group"
        aria-label={label}
        onFocus={onFocus}
        onKeyDown={onKeyDown}
        style={{ height: virtual.getTotalSize(), position: "relative" }}
      >
        {visible.map((row) => (
          <div
            key={row.key}
            className={classes.row}
            style={{
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              transform: `translateY(${row.start - margin}px)`,
            }}
          >
            {Array.from({ length: columns }, (_, column) => {
              const index = row.index * columns + column;
              if (index < count) return renderTile(index, focusOf(index));
              return hasMore ? <Skeleton key={index} height={rowHeight - caption - GAP} radius={8} /> : null;
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
