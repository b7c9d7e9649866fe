import { useChange } from "./change";
import { $api, api } from "./client";
import { whileActive } from "./jobs";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { DifferenceKind, LossKind, VersionCheckSettings } from "./types";

const SOON = 700;

export const useDescribeVersion = (slug: string, id: number) =>
  useChange(
    (body: { name?: string; notes?: string }) =>
      api.PATCH("/api/versions/{version_id}/", { params: { path: { version_id: id } }, body }),
    [keys.versions(slug)],
  );

export const useDependents = (id: number) =>
  $api.useQuery("get", "/api/versions/{version_id}/dependents/", { params: { path: { version_id: id } } });

/** Asked again while objects of images are still to be compared: each request goes on with them. */
export const useDifferences = (slug: string, before: number | null, after: number | null) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/versions/differences/",
    { params: { path: { slug }, query: { before: before ?? 1, after: after ?? undefined } } },
    {
      enabled: before !== null,
      refetchInterval: ({ state }) => (state.data && state.data.open > 0 ? SOON : false),
    },
  );

export type ComparedVersions = { before: number; after: number | null; state: string; kind: DifferenceKind };

const queryOf = ({ before, after, state, kind }: ComparedVersions) => ({
  before,
  after: after ?? undefined,
  state,
  kind: kind === "" ? undefined : kind,
});

export const useDifferentImages = (slug: string, compared: ComparedVersions, open: number) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/datasets/{slug}/versions/differences/images/",
      { params: { path: { slug }, query: queryOf(compared) } },
      { ...byPage, enabled: compared.state !== "", refetchInterval: open > 0 ? 2_000 : false },
    ),
  );

export const useDifferentImage = (slug: string, compared: ComparedVersions, position: number) =>
  $api.useQuery("get", "/api/datasets/{slug}/versions/differences/images/{position}/", {
    params: { path: { slug, position }, query: queryOf(compared) },
  });

/** Where the list of images is downloaded. */
export function differencesUrl(slug: string, compared: ComparedVersions, format: "csv" | "json"): string {
  const query = new URLSearchParams({ before: String(compared.before), state: compared.state });
  if (compared.after !== null) query.set("after", String(compared.after));
  if (compared.kind !== "") query.set("kind", compared.kind);
  return `/api/datasets/${slug}/versions/differences.${format}?${query.toString()}`;
}

export const useRestorePreview = (id: number) =>
  $api.useQuery(
    "get",
    "/api/versions/{version_id}/restore/preview/",
    { params: { path: { version_id: id } } },
    { refetchInterval: ({ state }) => (state.data && state.data.open > 0 ? SOON : false) },
  );

export const useRestoreVersion = (slug: string, id: number) =>
  useChange(
    (others: "keep" | "trash") =>
      api.POST("/api/versions/{version_id}/restore/", {
        params: { path: { version_id: id } },
        body: { others },
      }),
    [keys.jobs, keys.bulkChanges(slug)],
  );

export const useAskVersionCheck = (version: number) =>
  useChange(
    (body: VersionCheckSettings) =>
      api.POST("/api/versions/{version_id}/checks/", { params: { path: { version_id: version } }, body }),
    [],
  );

export const useVersionCheck = (id: number | null) =>
  $api.useQuery(
    "get",
    "/api/version-checks/{check_id}/",
    { params: { path: { check_id: id ?? 0 } } },
    { enabled: id !== null, refetchInterval: whileActive(1_500) },
  );

export const useLossImages = (check: number, kind: LossKind) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/version-checks/{check_id}/images/",
      { params: { path: { check_id: check }, query: { kind, page_size: 24 } } },
      byPage,
    ),
  );

export const useRepair = (slug: string, check: number) =>
  useChange(
    (body: { kind: LossKind; below_px: number }) =>
      api.POST("/api/version-checks/{check_id}/repair/", { params: { path: { check_id: check } }, body }),
    [keys.jobs, keys.bulkChanges(slug)],
  );

export const useRunData = (id: number) =>
  $api.useQuery("get", "/api/runs/{run_id}/data/", { params: { path: { run_id: id } } });
