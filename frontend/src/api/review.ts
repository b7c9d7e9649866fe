import { $api, api, unwrap } from "./client";
import type { ImageDetail, ReviewVerdict, SendBackReason } from "./types";

export type Purpose = "annotate" | "review";

/** Be handed the next image, which nobody else is then handed; null when none is left for this person. */
export async function fetchNext(slug: string, purpose: Purpose, after?: string): Promise<ImageDetail | null> {
  const next = await api.POST("/api/datasets/{slug}/next/", {
    params: { path: { slug } },
    body: { purpose, ...(after === undefined ? {} : { after }) },
  });
  return next.data ?? null;
}

/** Who finished an image, and who sent it back. Events about the image make it stale. */
export const useReviewState = (image: string, isWanted: boolean) =>
  $api.useQuery(
    "get",
    "/api/images/{image_id}/review/",
    { params: { path: { image_id: image } } },
    { enabled: isWanted },
  );

/** Judges what was seen at `revision`: refused (412) when somebody changed it since. */
export function giveVerdict(
  image: string,
  revision: number,
  verdict: ReviewVerdict,
  reasons: readonly SendBackReason[] = [],
) {
  return unwrap(
    api.POST("/api/images/{image_id}/review/", {
      params: { path: { image_id: image }, header: { "If-Match": `"${revision}"` } },
      body: { verdict, ...(reasons.length > 0 ? { reasons: [...reasons] } : {}) },
    }),
  );
}
