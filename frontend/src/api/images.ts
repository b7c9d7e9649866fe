import { useChange } from "./change";
import { $api, api } from "./client";
import { type InsightFilters, insightQuery } from "./insightFilters";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
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
};

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
    ...insightQuery(filters),
  };
}

export function useImages(slug: string, filters: ImageFilters, ordering: "stem" | "-updated_at") {
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

export type BulkChange =
  | { action: "set_split"; split: Split }
  | { action: "set_status"; status: SettableStatus; skip_unseen?: boolean }
  | { action: "set_assignee"; assignee: number | null }
  | { action: "share_out"; assignees: number[] }
  | { action: "review"; verdict: ReviewVerdict; comment?: string; reasons?: SendBackReason[] }
  | { action: "set_ground_truth"; is_ground_truth: boolean }
  | { action: "set_split_pinned"; is_split_pinned: boolean }
  | { action: "change_class"; class_id: number; into: number }
  | { action: "delete" };

/** Which images a change is for: those named, or all that filters let through but a few. */
export type ImageSelection = { ids: string[] } | { filters: ImageFilters; excluded: string[] };

const chosen = (selection: ImageSelection) =>
  "ids" in selection ? selection : { filters: imageQuery(selection.filters), excluded: selection.excluded };

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
