import { Button, Skeleton } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconPhoto, IconUpload } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useLocation, useSearchParams } from "react-router";
import { useFacets, useImages } from "@/api/images";
import { useMembers } from "@/api/datasets";
import { type Tag, useTags } from "@/api/tags";
import { useSession } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { useSelection } from "@/components/use-selection";
import { may } from "@/lib/roles";
import { useStickyBar } from "@/lib/stickyBar";
import { useUrlState } from "@/lib/urlState";
import { uploadFiles } from "@/uploads/uploads";
import { BulkBar } from "./BulkBar";
import { useCurrentDataset } from "./DatasetLayout";
import { ImageFilterPanel } from "./ImageFilterPanel";
import { ImageGrid } from "./ImageGrid";
import { GRID_ADDRESS, hasFilters, IMAGES_ADDRESS, type ImagesAddress, NO_FILTERS } from "./imagesAddress";
import { ImagesBar } from "./ImagesBar";
import { ImageTile } from "./ImageTile";
import { SimilarImages } from "./SimilarImages";
import { ViewsMenu } from "./ViewsMenu";
import { UploadDialog } from "./UploadDialog";
import classes from "./Dataset.module.css";

const NO_TAGS: readonly Tag[] = [];
/** Least width of a tile, in pixels. */
const TILE_PX = { compact: 128, medium: 196, large: 320 } as const;

export default function ImagesPage() {
  const [{ similar }] = useUrlState(GRID_ADDRESS);
  return similar ? <SimilarImages key={similar} imageId={similar} /> : <AllImages />;
}

function AllImages() {
  const dataset = useCurrentDataset();
  const { slug, counts } = dataset;
  const [address, setAddress] = useUrlState(IMAGES_ADDRESS);
  const { ordering, ...filters } = address;
  const [{ tile }, setGrid] = useUrlState(GRID_ADDRESS);
  const [, setParams] = useSearchParams();
  const tagList = useTags(slug).data ?? NO_TAGS;
  const tags = useMemo(() => new Map(tagList.map((each) => [each.id, each])), [tagList]);
  const images = useImages(slug, filters, ordering);
  const facets = useFacets(slug, filters);
  const members = useMembers(slug);
  const myId = useSession().data?.user?.id;
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
  const { selected, isAll, excluded, toggle, clear, selectAll } = useSelection(ids);
  const total = facets.data?.total;
  const selectedCount = isAll ? Math.max(0, (total ?? ids.length) - excluded.size) : selected.size;
  const empty = counts.images === 0;
  const change = (next: Partial<ImagesAddress>) => {
    clear();
    setAddress(next);
  };

  return (
    <div className={classes.images}>
      <ImageFilterPanel
        slug={slug}
        tags={tagList}
        filters={filters}
        facets={facets.data}
        classList={dataset.classes}
        onChange={change}
        open={filtersOpen}
        members={members.data ?? []}
        myId={myId}
        mayReview={may(dataset.role, "review")}
      />
      <div className={`${classes.grid} ${selectedCount > 0 ? classes.selecting : ""}`}>
        <div ref={bar} className={classes.bar}>
          {selectedCount > 0 ? (
            <BulkBar
              slug={slug}
              selection={isAll ? { filters, excluded: [...excluded] } : { ids: [...selected] }}
              count={selectedCount}
              total={total}
              classList={dataset.classes}
              tags={tagList}
              role={dataset.role}
              members={members.data ?? []}
              myId={myId}
              finding={filters}
              nameOf={(id) => images.items.find((each) => each.id === id)?.file_name}
              onClear={clear}
              onSelectAll={selectAll}
            />
          ) : (
            <ImagesBar
              dataset={dataset}
              search={filters.search}
              ordering={ordering}
              total={facets.data?.total}
              isMore={facets.data?.at_least ?? false}
              tile={tile}
              onTile={(next) => setGrid({ tile: next })}
              views={
                <ViewsMenu
                  slug={slug}
                  address={address}
                  tile={tile}
                  myId={myId}
                  mayManage={mayManage}
                  onOpen={(next) => {
                    clear();
                    setParams(next);
                  }}
                />
              }
              filtersOpen={filtersOpen}
              onFiltersOpen={setFiltersOpen}
              onChange={change}
              onUpload={() => setUploading(true)}
            />
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
            hasMore={images.hasNextPage}
            onEnd={images.loadMore}
            minTile={TILE_PX[tile]}
            renderTile={(index, focus) => {
              const image = images.items[index];
              if (!image) return null;
              return (
                <ImageTile
                  key={image.id}
                  image={image}
                  address={`/datasets/${slug}/edit/${image.id}${query}`}
                  similarAddress={`/datasets/${slug}?similar=${image.id}`}
                  colors={colors}
                  tags={tags}
                  tile={focus["data-tile"]}
                  tabIndex={focus.tabIndex}
                  isWanted={focus.isWanted}
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
          <DropAnywhere slug={slug} name={dataset.name} active={!uploading} />
        </>
      )}
    </div>
  );
}

function DropAnywhere({ slug, name, active }: { slug: string; name: string; active: boolean }) {
  return (
    <Dropzone.FullScreen
      active={active}
      portalProps={{ target: "#main" }}
      inputProps={{ "aria-label": "Images, videos, a folder or an archive, dropped anywhere on the page" }}
      onDrop={(files) => uploadFiles(slug, files, null)}
    >
      <EmptyState icon={IconUpload} title={`Drop to upload to ${name}`}>
        Images are added one by one; an archive, or a folder with labels, is imported with its labels.
      </EmptyState>
    </Dropzone.FullScreen>
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
        ? "Drop images, or a folder or an archive with labels, anywhere on this page. Then press Annotate and draw."
        : "A team lead of this dataset uploads them. They appear here by themselves."}
    </EmptyState>
  );
}
