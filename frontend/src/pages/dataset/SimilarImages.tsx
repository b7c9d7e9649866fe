import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconArrowLeft, IconPhotoSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";
import { $api } from "@/api/client";
import { useMembers } from "@/api/datasets";
import { useSimilar } from "@/api/images";
import { useTags } from "@/api/tags";
import { useSession } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { useSelection } from "@/components/use-selection";
import { formatCount, plural } from "@/lib/format";
import { useStickyBar } from "@/lib/stickyBar";
import { BulkBar } from "./BulkBar";
import { useCurrentDataset } from "./DatasetLayout";
import { ImageGrid } from "./ImageGrid";
import { ImageTile } from "./ImageTile";
import classes from "./Dataset.module.css";

const WHY_NONE = {
  waiting: "A worker has yet to look at this image. That takes moments after it came in: look again then.",
  plain: "The image is all of one colour, or its file cannot be read: there is nothing to compare it by.",
  compared: "No other image of the dataset was compared yet.",
} as const;

/** The images that look most like one, the nearest first; they can be selected and changed like any others. */
export function SimilarImages({ imageId }: { imageId: string }) {
  const dataset = useCurrentDataset();
  const { slug } = dataset;
  const image = useQuery(
    $api.queryOptions("get", "/api/images/{image_id}/", { params: { path: { image_id: imageId } } }),
  );
  const similar = useSimilar(imageId);
  const members = useMembers(slug);
  const tagList = useTags(slug).data;
  const tags = useMemo(() => new Map((tagList ?? []).map((tag) => [tag.id, tag])), [tagList]);
  const myId = useSession().data?.user?.id;
  const bar = useStickyBar();
  const items = useMemo(() => similar.data?.results ?? [], [similar.data]);
  const ids = useMemo(() => items.map(({ id }) => id), [items]);
  const { selected, toggle, clear, selectLoaded } = useSelection(ids);
  const colors = useMemo(
    () => new Map(dataset.classes.map(({ id, color }) => [id, color])),
    [dataset.classes],
  );
  const uncompared = similar.data?.uncompared ?? 0;
  return (
    <div className={`${classes.grid} ${selected.size > 0 ? classes.selecting : ""}`}>
      <div ref={bar} className={classes.bar}>
        {selected.size > 0 ? (
          <BulkBar
            slug={slug}
            selection={{ ids: [...selected] }}
            count={selected.size}
            total={ids.length}
            classList={dataset.classes}
            tags={tagList ?? []}
            role={dataset.role}
            members={members.data ?? []}
            myId={myId}
            nameOf={(id) => items.find((each) => each.id === id)?.file_name}
            onClear={clear}
            onSelectAll={selectLoaded}
          />
        ) : (
          <>
            <Button
              component={Link}
              to={`/datasets/${slug}`}
              variant="default"
              leftSection={<IconArrowLeft size={16} />}
            >
              All images
            </Button>
            <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
              {image.data && (
                <img
                  src={image.data.thumbnail_url}
                  alt=""
                  width={56}
                  height={42}
                  style={{ objectFit: "cover", borderRadius: 6 }}
                />
              )}
              <div style={{ minWidth: 0 }}>
                <Text fw={600} size="sm" truncate>
                  Images like{" "}
                  <Anchor component={Link} to={`/datasets/${slug}/edit/${imageId}`} inherit>
                    {image.data?.file_name ?? "this one"}
                  </Anchor>
                </Text>
                <Text size="xs" c="dimmed">
                  The nearest first, ± the bits in which they differ of 64.
                  {uncompared > 0 && ` ${plural(uncompared, "image")} not compared yet.`}
                </Text>
              </div>
            </Group>
            <Text size="sm" c="dimmed" className="tabular" ml="auto">
              {similar.data ? formatCount(items.length) : ""}
            </Text>
          </>
        )}
      </div>
      {similar.isError && <ErrorNotice error={similar.error} onRetry={() => void similar.refetch()} />}
      {similar.isSuccess && items.length === 0 && (
        <EmptyState icon={IconPhotoSearch} title="Nothing to show yet">
          {WHY_NONE[similar.data.state]}
        </EmptyState>
      )}
      {items.length > 0 && (
        <ImageGrid
          label="Images that look alike"
          count={items.length}
          hasMore={false}
          onEnd={() => undefined}
          renderTile={(index, focus) => {
            const item = items[index];
            if (!item) return null;
            return (
              <ImageTile
                key={item.id}
                image={item}
                address={`/datasets/${slug}/edit/${item.id}`}
                similarAddress={`/datasets/${slug}?similar=${item.id}`}
                colors={colors}
                tags={tags}
                myId={myId}
                selected={selected.has(item.id)}
                onToggle={toggle}
                tile={focus["data-tile"]}
                tabIndex={focus.tabIndex}
                isWanted={focus.isWanted}
              />
            );
          }}
        />
      )}
    </div>
  );
}
