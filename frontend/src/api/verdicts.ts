import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { Split, Suspect, Verdict, VerdictKind, VerdictState } from "./types";

export type VerdictFilters = {
  state?: VerdictState;
  kind?: VerdictKind;
  /** "me", "none", or the id of a user. */
  assignee?: string;
  evaluation?: number;
};

export const useVerdicts = (slug: string, filters: VerdictFilters) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/datasets/{slug}/verdicts/",
      { params: { path: { slug }, query: filters } },
      byPage,
    ),
  );

/** The verdicts on one image, whatever became of them. */
export const useVerdictsOf = (slug: string, image: string | null) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/verdicts/",
    { params: { path: { slug }, query: { image: image ?? undefined, page_size: 500 } } },
    { enabled: image !== null && slug !== "" },
  );

export const useVerdictSummary = (slug: string) =>
  $api.useQuery("get", "/api/datasets/{slug}/verdicts/summary/", { params: { path: { slug } } });

/** The fixes that wait for me, by dataset. */
export const useMyFixes = () => $api.useQuery("get", "/api/verdicts/mine/");

export const useVerdict = (id: number | null) =>
  $api.useQuery(
    "get",
    "/api/verdicts/{verdict_id}/",
    { params: { path: { verdict_id: id ?? 0 } } },
    { enabled: id !== null },
  );

/** The next open verdict on a label after this one, under the same filters; null when none is left. */
export async function fetchNextVerdict(
  slug: string,
  after: number,
  filters: VerdictFilters,
): Promise<Verdict | null> {
  const params = { path: { slug }, query: { ...filters, after } };
  const next = await api.GET("/api/datasets/{slug}/verdicts/next/", { params });
  return next.data ?? null;
}

type NewVerdict = {
  evaluation: number;
  key: string;
  side: "label" | "prediction";
  index: number;
  kind: VerdictKind;
  comment?: string;
  assignee?: number | null;
  dismissed?: boolean;
};

const changedIn = (slug: string) => [keys.verdicts(slug), keys.verdict(), keys.myWork, keys.suspects];

export const useGiveVerdict = (slug: string) =>
  useChange(
    (body: NewVerdict) => api.POST("/api/datasets/{slug}/verdicts/", { params: { path: { slug } }, body }),
    changedIn(slug),
  );

export type VerdictChange = { state?: VerdictState; assignee?: number | null };

export const useChangeVerdict = (slug: string) =>
  useChange(
    ({ id, ...body }: VerdictChange & { id: number }) =>
      api.PATCH("/api/verdicts/{verdict_id}/", { params: { path: { verdict_id: id } }, body }),
    changedIn(slug),
  );

export const useChangeVerdicts = (slug: string) =>
  useChange(
    (body: VerdictChange & { ids: number[] }) =>
      api.POST("/api/datasets/{slug}/verdicts/bulk/", { params: { path: { slug } }, body }),
    changedIn(slug),
  );

/** What each must-find object came to in an evaluation, the lost ones first. */
export const usePinReport = (evaluation: number, confidence?: number) =>
  $api.useQuery("get", "/api/evaluations/{evaluation_id}/pins/", {
    params: { path: { evaluation_id: evaluation }, query: { confidence } },
  });

const PINNED = [keys.allEvaluations, keys.runs, keys.evaluation()];

export const usePinLabel = (slug: string) =>
  useChange(
    (body: { evaluation: number; key: string; index: number; note?: string }) =>
      api.POST("/api/datasets/{slug}/pins/", { params: { path: { slug } }, body }),
    PINNED,
  );

export const useUnpin = () =>
  useChange((id: number) => api.DELETE("/api/pins/{pin_id}/", { params: { path: { pin_id: id } } }), PINNED);

type ProgressQuery = { against?: number | undefined; split: Split };

/** What better labels and what a better model did since an earlier run. */
export const useRunProgress = (run: number, query: ProgressQuery) =>
  $api.useQuery(
    "get",
    "/api/runs/{run_id}/progress/",
    { params: { path: { run_id: run }, query } },
    { placeholderData: (previous) => previous },
  );

/** Starts the evaluations that this needs. */
export const useStartProgress = (run: number) =>
  useChange(
    (body: ProgressQuery) =>
      api.POST("/api/runs/{run_id}/progress/", { params: { path: { run_id: run } }, body }),
    [keys.allEvaluations, keys.jobs],
  );

/** Likely label errors, the likeliest first; those with a verdict are left out. */
export const useSuspects = (evaluation: number, kind: Suspect["kind"] | undefined) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/evaluations/{evaluation_id}/suspects/",
      { params: { path: { evaluation_id: evaluation }, query: { kind, page_size: 50 } } },
      byPage,
    ),
  );
