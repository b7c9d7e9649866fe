import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { List } from "@/api/paging";
import type { FolderChange } from "@/api/types";
import { useCurrentDataset } from "./DatasetLayout";
import { FolderChangeRow } from "./FolderChangeRow";
import classes from "./Folder.module.css";

type Props = {
  slug: string;
  list: List<FolderChange>;
  changes: readonly FolderChange[];
  manages: boolean;
  busy: boolean;
};

/** The changes one under another; only those near the window exist. */
export function FolderChangeList({ slug, list, changes, manages, busy }: Props) {
  const dataset = useCurrentDataset();
  const colors = useMemo(
    () => new Map(dataset.classes.map(({ id, color }) => [id, color])),
    [dataset.classes],
  );
  const holder = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const top = holder.current ? holder.current.getBoundingClientRect().top + window.scrollY : 0;
    setMargin((known) => (Math.abs(known - top) > 1 ? top : known));
  }, [changes.length]);
  const virtual = useWindowVirtualizer({
    count: changes.length,
    estimateSize: () => 132,
    overscan: 4,
    scrollMargin: margin,
    getItemKey: (index) => changes[index]?.id ?? index,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? -1;
  const { loadMore, hasNextPage } = list;
  useEffect(() => {
    if (hasNextPage && last >= changes.length - 5) loadMore();
  }, [last, changes.length, hasNextPage, loadMore]);

  return (
    <div
      ref={holder}
      role="list"
      aria-label="Changes in the folder"
      style={{ height: virtual.getTotalSize(), position: "relative" }}
    >
      {rows.map(({ index, key, start }) => {
        const change = changes[index];
        return (
          change && (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              role="listitem"
              aria-label={change.path}
              className={classes.place}
              style={{ transform: `translateY(${start - margin}px)` }}
            >
              <FolderChangeRow slug={slug} change={change} colors={colors} manages={manages} busy={busy} />
            </div>
          )
        );
      })}
    </div>
  );
}
