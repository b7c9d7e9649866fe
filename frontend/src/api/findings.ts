import { useChange } from "./change";
import { $api, api } from "./client";
import type { ImageFindingKind } from "./insightFilters";
import { keys } from "./keys";
import type { FindingKind } from "./types";

export const useFindings = (slug: string) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/findings/",
    { params: { path: { slug } } },
    // A worker is at it: its event says when it is done, this how far it is.
    { refetchInterval: ({ state }) => (isWaiting(state.data) ? 5_000 : false) },
  );

function isWaiting(data: { is_stale: boolean } | undefined): boolean {
  return data?.is_stale ?? false;
}

/** What a repair would change; `below_px` is of tiny objects alone. */
export const useRepairPreview = (slug: string, kind: FindingKind, belowPx: number | undefined) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/findings/{kind}/repair/",
    { params: { path: { slug, kind }, query: { below_px: belowPx } } },
    { placeholderData: (previous) => previous },
  );

export const useRepair = (slug: string, kind: FindingKind) =>
  useChange(
    (belowPx: number | undefined) =>
      api.POST("/api/datasets/{slug}/findings/{kind}/repair/", {
        params: { path: { slug, kind } },
        body: { below_px: belowPx },
      }),
    [keys.jobs, keys.bulkChanges(slug)],
  );

type Aside = { kind: ImageFindingKind; isFine: boolean; ids: string[] | "all" };

/** Says that a finding is fine in some images, or no longer. */
export const useSetAside = (slug: string) =>
  useChange(
    ({ kind, isFine, ids }: Aside) =>
      api.POST("/api/datasets/{slug}/findings/{kind}/set-aside/", {
        params: { path: { slug, kind } },
        body: { is_fine: isFine, ...(ids === "all" ? { all: true } : { ids }) },
      }),
    [keys.imagesOf(slug), keys.insights(slug)],
  );

/** What is wrong with one image, and with which of its objects. */
export const useImageFindings = (imageId: string, enabled: boolean) =>
  $api.useQuery(
    "get",
    "/api/images/{image_id}/findings/",
    { params: { path: { image_id: imageId } } },
    { enabled },
  );
