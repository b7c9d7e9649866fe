import { ActionIcon, Button, Text, Tooltip } from "@mantine/core";
import { IconListSearch, IconMessageFilled } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Dataset, ImageListItem } from "@/api/types";
import { plural } from "@/lib/format";
import { useUrlState } from "@/lib/urlState";
import { IMAGES_ADDRESS, NO_FILTERS, STATUS_WORDS } from "../dataset/imagesAddress";
import { StatusIcon } from "../dataset/StatusIcon";
import classes from "./strip.module.css";
import { fetchStrip, type Filters, STRIP_PAGE, stripKey } from "./queries";
import { StripFilter } from "./StripFilter";
import { useKeyOf, withKey } from "./use-keys";

const STEP = 96;

type Anchor = { id: string; side: "around" | "before" | "after" };

type StripProps = { slug: string; imageId: string; filters: Filters; onOpen: (id: string) => void };

type Props = Omit<StripProps, "slug"> & {
  dataset: Dataset;
  /** How many images match the filters. */
  matching: number | undefined;
  filterOpened: boolean;
  onFilterOpened: (opened: boolean) => void;
  onJump: () => void;
};

/** The images around this one, and the ways to others. */
export function ImageStrip({ dataset, matching, filterOpened, onFilterOpened, onJump, ...strip }: Props) {
  const [, setAddress] = useUrlState(IMAGES_ADDRESS);
  const jump = withKey("Jump to an image by its name", useKeyOf("image.jump"));
  return (
    <div className={classes.strip}>
      <div className={classes.ways}>
        <StripFilter dataset={dataset} opened={filterOpened} onOpened={onFilterOpened} />
        <Tooltip label={jump} position="right">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            aria-label="Jump to an image by its name"
            onClick={onJump}
          >
            <IconListSearch size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </div>
      <Thumbnails slug={dataset.slug} {...strip} />
      {matching === 0 && (
        <div className={classes.noMatch} role="status">
          <Text size="sm">No image matches the filters.</Text>
          <Button size="compact-sm" variant="default" onClick={() => setAddress(NO_FILTERS)}>
            Show all
          </Button>
        </div>
      )}
    </div>
  );
}

/** More are fetched where the person scrolls to. */
function Thumbnails({ slug, imageId, filters, onOpen }: StripProps) {
  // The strip stays while one walks through it, and starts anew where one jumps out of it.
  const [seed, setSeed] = useState(imageId);
  const strip = useInfiniteQuery({
    queryKey: [...stripKey(slug, filters), seed],
    initialPageParam: { id: seed, side: "around" },
    // Every page begins or ends with the image it hangs on, so that pages fetched anew still join.
    queryFn: ({ pageParam: { id, side } }) =>
      fetchStrip(id, side === "after" ? 0 : STRIP_PAGE, side === "before" ? 0 : STRIP_PAGE, filters),
    getNextPageParam: (page: ImageListItem[], _, { side }): Anchor | undefined =>
      side === "after" && page.length <= STRIP_PAGE ? undefined : anchorAt(page.at(-1), "after"),
    getPreviousPageParam: (page: ImageListItem[], _, { side }): Anchor | undefined =>
      side === "before" && page.length <= STRIP_PAGE ? undefined : anchorAt(page[0], "before"),
    staleTime: Infinity,
  });
  const items = useMemo(
    () => [...new Map(strip.data?.pages.flat().map((item) => [item.id, item])).values()],
    [strip.data],
  );
  const current = items.findIndex((item) => item.id === imageId);
  if (strip.isSuccess && current < 0 && seed !== imageId) setSeed(imageId);

  const scroller = useRef<HTMLDivElement>(null);
  const columns = useVirtualizer({
    horizontal: true,
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => STEP,
    getItemKey: (index) => items[index]?.id ?? index,
    paddingStart: 8,
    overscan: 4,
  });

  useEffect(() => {
    if (current >= 0) columns.scrollToIndex(current, { align: "center" });
    // Images that arrive on the left move the current one along: it stays where the eye is.
  }, [columns, current]);

  const shown = columns.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  const { hasNextPage, hasPreviousPage, isFetching, fetchNextPage, fetchPreviousPage } = strip;
  useEffect(() => {
    if (isFetching || items.length === 0) return;
    if (hasNextPage && last >= items.length - 4) void fetchNextPage();
    else if (hasPreviousPage && first <= 2) void fetchPreviousPage();
  }, [first, last, items.length, hasNextPage, hasPreviousPage, isFetching, fetchNextPage, fetchPreviousPage]);

  return (
    <nav className={classes.thumbnails} ref={scroller} aria-label="Images">
      <div style={{ width: columns.getTotalSize(), height: "100%", position: "relative" }}>
        {shown.map(({ index, start }) => {
          const item = items[index];
          if (!item) return null;
          return (
            <button
              key={item.id}
              type="button"
              className={classes.thumbnail}
              style={{ left: start }}
              aria-current={item.id === imageId}
              aria-label={wordsOf(item)}
              title={wordsOf(item)}
              onClick={() => onOpen(item.id)}
            >
              <img src={item.thumbnail_url} alt="" loading="lazy" decoding="async" />
              <span className={classes.status}>
                <StatusIcon status={item.status} size={14} />
              </span>
              {item.open_comments > 0 && (
                <IconMessageFilled className={classes.commented} size={17} aria-hidden="true" />
              )}
            </button>
          );
        })}
      </div>
    </nav>
  );
}

function wordsOf({ file_name: name, status, assignee, open_comments: comments }: ImageListItem): string {
  const words = [name, STATUS_WORDS[status]];
  if (assignee) words.push(`assigned to ${assignee.username}`);
  if (comments > 0) words.push(plural(comments, "open comment"));
  return words.join(", ");
}

function anchorAt(item: ImageListItem | undefined, side: Anchor["side"]): Anchor | undefined {
  return item ? { id: item.id, side } : undefined;
}
