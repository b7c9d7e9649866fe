import { useChange } from "./change";
import { $api, api } from "./client";
import { type InsightFilters, insightQuery } from "./insightFilters";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { paths } from "./schema";
import type { SettableStatus, Split, Status, ReviewVerdict, SendBackReason } from "./types";

export type ImageFilters = InsightFilters & {
  split: Split | "all";
  status: Status | "all";
  /** A class id, 0 for every class. */
  class: number;
  search: string;
  /** "all", "me", "none" for what is nobody's, or the id of a person. */
  assignee: string;
  /** Only images with comments that nobody resolved. */
  has_comment: boolean;
  /** Only images that second annotations are scored on; for reviewers. */
  ground_truth: boolean;
  /** Only images with boxes that wait to be outlined. */
  has_box: boolean;
  /** Only finished images with nothing in them. */
  is_empty: boolean;
  /** Only images that stay when the dataset is split again. */
  is_pinned: boolean;
  /** The id of an import that brought or changed them, 0 for every image. */
  import: number;
  /** The id of a class of which they have no object, 0 for every image. */
  without_class: number;
  /** "all", "none" for images without a tag, or the id of one. */
  tag: string;
  group: string;
  /** "all", "me" or the id of a person. */
  edited_by: string;
  finished_by: string;
  /** Ends of ranges, both included; -1 for an open one. */
  min_objects: number;
  max_objects: number;
  min_width: number;
  max_width: number;
  min_height: number;
  max_height: number;
  min_bytes: number;
  max_bytes: number;
  /** Days ("2026-11-25"), both included; "" for an open end. */
  created_since: string;
  created_until: string;
  updated_since: string;
  updated_until: string;
};

export const SORTS = ["stem", "updated_at", "created_at", "instance_count", "size_bytes"] as const;
export type Ordering = NonNullable<
  NonNullable<paths["/api/datasets/{slug}/images/"]["get"]["parameters"]["query"]>["ordering"]
>;

/** Filters as the server reads them; what is "all" is not sent. */
export function imageQuery(filters: ImageFilters) {
  return {
    split: filters.split === "all" ? undefined : filters.split,
    status: filters.status === "all" ? undefined : filters.status,
    class: filters.class || undefined,
    search: filters.search || undefined,
    assignee: filters.assignee === "all" ? undefined : filters.assignee,
    has_comment: filters.has_comment || undefined,
    ground_truth: filters.ground_truth || undefined,
    has_box: filters.has_box || undefined,
    is_empty: filters.is_empty || undefined,
    is_pinned: filters.is_pinned || undefined,
    import: filters.import || undefined,
    without_class: filters.without_class || undefined,
    tag: filters.tag === "all" ? undefined : filters.tag,
    group: filters.group || undefined,
    edited_by: filters.edited_by === "all" ? undefined : filters.edited_by,
    finished_by: filters.finished_by === "all" ? undefined : filters.finished_by,
    min_objects: end(filters.min_objects),
    max_objects: end(filters.max_objects),
    min_width: end(filters.min_width),
    max_width: end(filters.max_width),
    min_height: end(filters.min_height),
    max_height: end(filters.max_height),
    min_bytes: end(filters.min_bytes),
    max_bytes: end(filters.max_bytes),
    created_since: filters.created_since || undefined,
    created_until: filters.created_until || undefined,
    updated_since: filters.updated_since || undefined,
    updated_until: filters.updated_until || undefined,
    ...insightQuery(filters),
  };
}

const end = (value: number) => (value < 0 ? undefined : value);

export function useImages(slug: string, filters: ImageFilters, ordering: Ordering) {
  const params = { path: { slug }, query: { ...imageQuery(filters), ordering, page_size: 100 } };
  return useList($api.useInfiniteQuery("get", "/api/datasets/{slug}/images/", { params }, byPage));
}

export const useFacets = (slug: string, filters: ImageFilters) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/images/facets/",
    { params: { path: { slug }, query: imageQuery(filters) } },
    { placeholderData: (previous) => previous },
  );

/** The images that look most like one; without an id nothing is asked. */
export const useSimilar = (image_id: string) =>
  $api.useQuery(
    "get",
    "/api/images/{image_id}/similar/",
    { params: { path: { image_id }, query: { limit: 120 } } },
    { enabled: image_id !== "" },
  );

export const useGroups = (slug: string, search: string, enabled: boolean) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/groups/",
    { params: { path: { slug }, query: { search: search || undefined } } },
    { enabled, placeholderData: (previous) => previous },
  );

export type BulkChange =
  | { action: "set_split"; split: Split }
  | { action: "set_status"; status: SettableStatus; skip_unseen?: boolean }
  | { action: "set_assignee"; assignee: number | null }
  | { action: "share_out"; assignees: number[] }
  | { action: "review"; verdict: ReviewVerdict; comment?: string; reasons?: SendBackReason[] }
  | { action: "set_ground_truth"; is_ground_truth: boolean }
  | { action: "set_split_pinned"; is_split_pinned: boolean }
  | { action: "change_class"; class_id: number; into: number }
  | { action: "add_tag" | "remove_tag"; tag: number }
  | { action: "simplify"; tolerance_px: number }
  | { action: "delete" };

/** Which images a change is for: those named, or all that filters let through but a few. */
export type ImageSelection = { ids: string[] } | { filters: ImageFilters; excluded: string[] };

const chosen = (selection: ImageSelection) =>
  "ids" in selection ? selection : { filters: imageQuery(selection.filters), excluded: selection.excluded };

/** Measures what simplifying the outlines of chosen images would cost; nothing is changed. */
export const useSimplifyPreview = (slug: string, selection: ImageSelection) =>
  $api.useQuery("post", "/api/datasets/{slug}/images/simplify-preview/", {
    params: { path: { slug } },
    body: "ids" in selection ? selection : { filters: imageQuery(selection.filters) },
  });

export const useBulkChange = (slug: string) =>
  useChange(
    ({ change, ...selection }: ImageSelection & { change: BulkChange }) =>
      api.POST("/api/datasets/{slug}/images/bulk/", {
        params: { path: { slug } },
        body: { ...chosen(selection), ...change },
      }),
    [
      keys.imagesOf(slug),
      keys.dataset(slug),
      keys.datasets,
      keys.insights(slug),
      keys.trash(slug),
      keys.myWork,
      keys.jobs,
      keys.bulkChanges(slug),
    ],
  );
