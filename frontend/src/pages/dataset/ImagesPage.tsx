import { Button, Group, Select, Skeleton, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconClipboardCheck, IconFilter, IconPencil, IconPhoto, IconUpload } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { useLocation } from "react-router";
import { useFacets, useImages } from "@/api/images";
import { useMembers } from "@/api/datasets";
import { useSession } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SearchField } from "@/components/SearchField";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { toggled } from "@/lib/selection";
import { useStickyBar } from "@/lib/stickyBar";
import { useUrlState } from "@/lib/urlState";
import { uploadFiles } from "@/uploads/uploads";
import { BulkBar } from "./BulkBar";
import { useCurrentDataset } from "./DatasetLayout";
import { ImageFilterPanel } from "./ImageFilterPanel";
import { ImageGrid } from "./ImageGrid";
import { hasFilters, IMAGES_ADDRESS, NO_FILTERS } from "./imagesAddress";
import { ImageTile } from "./ImageTile";
import { NextImageButton } from "./NextImageButton";
import { UploadDialog } from "./UploadDialog";
import classes from "./Dataset.module.css";

const NONE: ReadonlySet<string> = new Set();

export default function ImagesPage() {
  const dataset = useCurrentDataset();
  const { slug, counts } = dataset;
  const [{ ordering, ...filters }, setAddress] = useUrlState(IMAGES_ADDRESS);
  const images = useImages(slug, filters, ordering);
  const facets = useFacets(slug, filters);
  const members = useMembers(slug);
  const myId = useSession().data?.user?.id;
  const [selected, setSelected] = useState(NONE);
  const [anchor, setAnchor] = useState<string | null>(null);
  const [uploading, setUploading] = useState(false);
  const [filtersOpen, setFiltersOpen] = useState(false);
  const { search: query } = useLocation();
  const bar = useStickyBar();
  const mayManage = may(dataset.role, "manage");
  const colors = useMemo(
    () => new Map(dataset.classes.map(({ id, color }) => [id, color])),
    [dataset.classes],
  );
  const ids = useMemo(() => images.items.map(({ id }) => id), [images.items]);

  const toggle = useCallback(
    (id: string, range: boolean) => {
      setSelected((known) => toggled(known, ids, id, { range, anchor }));
      setAnchor(id);
    },
    [ids, anchor],
  );
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = images;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);

  const empty = counts.images === 0;
  const total = facets.data?.total;
  const change = (next: Parameters<typeof setAddress>[0]) => {
    setSelected(NONE);
    setAddress(next);
  };

  return (
    <div className={classes.images}>
      <ImageFilterPanel
        filters={filters}
        facets={facets.data}
        classList={dataset.classes}
        onChange={change}
        open={filtersOpen}
        members={members.data ?? []}
        myId={myId}
        mayReview={may(dataset.role, "review")}
      />
      <div className={`${classes.grid} ${selected.size > 0 ? classes.selecting : ""}`}>
        <div ref={bar} className={classes.bar}>
          {selected.size > 0 ? (
            <BulkBar
              slug={slug}
              selected={selected}
              role={dataset.role}
              members={members.data ?? []}
              myId={myId}
              nameOf={(id) => images.items.find((each) => each.id === id)?.file_name}
              onClear={() => setSelected(NONE)}
              onSelectLoaded={() => setSelected(new Set(ids))}
            />
          ) : (
            <>
              <Button
                hiddenFrom="sm"
                size="sm"
                variant="default"
                leftSection={<IconFilter size={16} />}
                aria-expanded={filtersOpen}
                onClick={() => setFiltersOpen((open) => !open)}
              >
                Filters
              </Button>
              <SearchField
                value={filters.search}
                label="Find by file name"
                width={220}
                onChange={(search) => change({ search })}
              />
              <Select
                w={160}
                aria-label="Order"
                allowDeselect={false}
                value={ordering}
                onChange={(value) => change({ ordering: value === "-updated_at" ? "-updated_at" : "stem" })}
                data={[
                  { value: "stem", label: "By name" },
                  { value: "-updated_at", label: "Changed last" },
                ]}
              />
              <Text size="sm" c="dimmed" className="tabular" mr="auto">
                {total === undefined ? "" : plural(total, "image")}
              </Text>
              <Group gap="xs">
                {mayManage && (
                  <Button
                    variant="default"
                    leftSection={<IconUpload size={16} />}
                    onClick={() => setUploading(true)}
                  >
                    Upload
                  </Button>
                )}
                {counts.done > 0 && may(dataset.role, "review") && (
                  <NextImageButton
                    slug={slug}
                    purpose="review"
                    variant="default"
                    leftSection={<IconClipboardCheck size={16} />}
                  >
                    Review {plural(counts.done, "image")}
                  </NextImageButton>
                )}
                {!empty && (
                  <NextImageButton
                    slug={slug}
                    purpose="annotate"
                    dataset={dataset}
                    leftSection={<IconPencil size={16} />}
                  >
                    Annotate
                  </NextImageButton>
                )}
              </Group>
            </>
          )}
        </div>
        {images.isError && <ErrorNotice error={images.error} onRetry={() => void images.refetch()} />}
        {images.isPending && <GridSkeleton />}
        {images.isSuccess && ids.length === 0 && (
          <NoImages
            filtered={!empty && hasFilters(filters)}
            mayManage={mayManage}
            onUpload={() => setUploading(true)}
            onReset={() => change(NO_FILTERS)}
          />
        )}
        {ids.length > 0 && (
          <ImageGrid
            label="Images"
            count={ids.length}
            hasMore={hasNextPage}
            onEnd={loadMore}
            renderTile={(index) => {
              const image = images.items[index];
              if (!image) return null;
              return (
                <ImageTile
                  key={image.id}
                  image={image}
                  address={`/datasets/${slug}/edit/${image.id}${query}`}
                  colors={colors}
                  myId={myId}
                  selected={selected.has(image.id)}
                  onToggle={toggle}
                />
              );
            }}
          />
        )}
      </div>
      {mayManage && (
        <>
          <UploadDialog slug={slug} opened={uploading} onClose={() => setUploading(false)} />
          <Dropzone.FullScreen
            active={!uploading}
            portalProps={{ target: "#main" }}
            inputProps={{ "aria-label": "Images, or a .zip, dropped anywhere on the page" }}
            onDrop={(files) => uploadFiles(slug, files, null)}
          >
            <EmptyState icon={IconUpload} title={`Drop to upload to ${dataset.name}`}>
              Images are added one by one; a .zip is imported with its labels.
            </EmptyState>
          </Dropzone.FullScreen>
        </>
      )}
    </div>
  );
}

function GridSkeleton() {
  return (
    <div
      aria-label="Loading"
      style={{ display: "grid", gap: 12, gridTemplateColumns: "repeat(auto-fill, minmax(196px, 1fr))" }}
    >
      {Array.from({ length: 18 }, (_, i) => (
        <Skeleton key={i} radius={8} style={{ aspectRatio: "4 / 3.55" }} />
      ))}
    </div>
  );
}

function NoImages({
  filtered,
  mayManage,
  onUpload,
  onReset,
}: {
  filtered: boolean;
  mayManage: boolean;
  onUpload: () => void;
  onReset: () => void;
}) {
  if (filtered) {
    return (
      <EmptyState
        icon={IconPhoto}
        title="No image matches these filters"
        action={
          <Button variant="default" onClick={onReset}>
            Show all images
          </Button>
        }
      />
    );
  }
  return (
    <EmptyState
      icon={IconPhoto}
      title="No images yet"
      action={mayManage ? <Button onClick={onUpload}>Upload images</Button> : null}
    >
      {mayManage
        ? "Drop photographs, a folder or a .zip with YOLO labels anywhere on this page. Then press Annotate and draw."
        : "A team lead of this dataset uploads them. They appear here by themselves."}
    </EmptyState>
  );
}
