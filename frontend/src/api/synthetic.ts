import { useChange } from "./change";
import { $api, api } from "./client";
import { whileActive } from "./jobs";
import { keys } from "./keys";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type PreviewRecipe = Schemas["SyntheticPreviewCreateRequest"];
export type SyntheticRecipe = Schemas["SyntheticCreateRequest"];
export type VerdictSettings = Schemas["SyntheticVerdictCreateRequest"];

const LOOK_AGAIN_MS = 5_000;

export const useAskSyntheticPreview = (version: number) =>
  useChange(
    (body: PreviewRecipe) =>
      api.POST("/api/versions/{version_id}/synthetic/preview/", {
        params: { path: { version_id: version } },
        body,
      }),
    [],
  );

export const useSyntheticPreview = (id: number | null) =>
  $api.useQuery(
    "get",
    "/api/synthetic-previews/{preview_id}/",
    { params: { path: { preview_id: id ?? 0 } } },
    { enabled: id !== null, refetchInterval: whileActive(1_500) },
  );

export const useAddSynthetic = (slug: string, version: number) =>
  useChange(
    (body: SyntheticRecipe) =>
      api.POST("/api/versions/{version_id}/synthetic/", { params: { path: { version_id: version } }, body }),
    [keys.versions(slug), keys.jobs],
  );

/** Refused with a problem (409) until somebody has asked. */
export const useSyntheticVerdict = (version: number) =>
  $api.useQuery(
    "get",
    "/api/versions/{version_id}/synthetic/verdict/",
    { params: { path: { version_id: version } } },
    {
      retry: false,
      refetchInterval: ({ state }) =>
        state.data?.stage === "training" || state.data?.stage === "evaluating" ? LOOK_AGAIN_MS : false,
    },
  );

export const useStartVerdict = (version: number) =>
  useChange(
    (body: VerdictSettings) =>
      api.POST("/api/versions/{version_id}/synthetic/verdict/", {
        params: { path: { version_id: version } },
        body,
      }),
    [keys.syntheticVerdict(version), keys.runs, keys.jobs],
  );

/** Of two runs, in any order; null where they do not differ by synthetic examples alone. */
export const usePairVerdict = (runs: readonly number[]) =>
  $api.useQuery(
    "get",
    "/api/runs/{run_id}/synthetic-verdict/",
    { params: { path: { run_id: runs[0] ?? 0 }, query: { other: runs[1] ?? 0 } } },
    { enabled: runs.length === 2, retry: false },
  );
