import { queryOptions, useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, cursorOf, unwrap } from "./client";
import { useChange } from "./datasets";
import { keys } from "./keys";
import { useList } from "./paging";
import type { ImageShapes, Split, Suspect, Verdict, VerdictKind, VerdictState } from "./types";

export type VerdictFilters = {
  state?: VerdictState;
  kind?: VerdictKind;
  /** "me", "none", or the id of a user. */
  assignee?: string;
  evaluation?: number;
};

export function useVerdicts(slug: string, filters: VerdictFilters) {
  return useList(keys.verdictList(slug, filters), (cursor, signal) =>
    unwrap(
      api.GET("/api/datasets/{slug}/verdicts/", {
        params: { path: { slug }, query: { ...filters, cursor } },
        signal,
      }),
    ),
  );
}

/** The verdicts on one image, whatever became of them. */
export function useVerdictsOf(slug: string, image: string | null) {
  return useQuery({
    queryKey: keys.verdictList(slug, { image }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/datasets/{slug}/verdicts/", {
          params: { path: { slug }, query: { image: image ?? undefined, page_size: 500 } },
          signal,
        }),
      ),
    enabled: image !== null && slug !== "",
  });
}

export const verdictSummaryQuery = (slug: string) =>
  queryOptions({
    queryKey: keys.verdictSummary(slug),
    queryFn: () => unwrap(api.GET("/api/datasets/{slug}/verdicts/summary/", { params: { path: { slug } } })),
  });

/** The fixes that wait for me, by dataset. */
export function useMyFixes() {
  return useQuery({
    queryKey: [...keys.myWork, "fixes"],
    queryFn: () => unwrap(api.GET("/api/verdicts/mine/")),
  });
}

export function useVerdict(id: number | null) {
  return useQuery({
    queryKey: keys.verdict(id ?? 0),
    queryFn: () =>
      unwrap(api.GET("/api/verdicts/{verdict_id}/", { params: { path: { verdict_id: id ?? 0 } } })),
    enabled: id !== null,
  });
}

/** The next open verdict on a label after this one, under the same filters; null when none is left. */
export async function fetchNextVerdict(
  slug: string,
  after: number,
  filters: VerdictFilters,
): Promise<Verdict | null> {
  const next = await unwrap(
    api.GET("/api/datasets/{slug}/verdicts/next/", {
      params: { path: { slug }, query: { ...filters, after } },
    }),
  );
  return next ?? null;
}

export type NewVerdict = {
  evaluation: number;
  key: string;
  side: "label" | "prediction";
  index: number;
  kind: VerdictKind;
  comment?: string;
  assignee?: number | null;
  dismissed?: boolean;
};

const stale = (slug: string) => [keys.verdicts(slug), keys.allVerdicts, keys.myWork, keys.allSuspects];

export function useGiveVerdict(slug: string) {
  return useChange(
    (body: NewVerdict) =>
      unwrap(api.POST("/api/datasets/{slug}/verdicts/", { params: { path: { slug } }, body })),
    stale(slug),
  );
}

export type VerdictChange = { state?: VerdictState; assignee?: number | null };

export function useChangeVerdict(slug: string) {
  return useChange(
    ({ id, ...body }: VerdictChange & { id: number }) =>
      unwrap(api.PATCH("/api/verdicts/{verdict_id}/", { params: { path: { verdict_id: id } }, body })),
    stale(slug),
  );
}

export function useChangeVerdicts(slug: string) {
  return useChange(
    (body: VerdictChange & { ids: number[] }) =>
      unwrap(api.POST("/api/datasets/{slug}/verdicts/bulk/", { params: { path: { slug } }, body })),
    stale(slug),
  );
}

/** What each must-find object came to in an evaluation, the lost ones first. */
export function usePinReport(evaluation: number, confidence?: number) {
  return useQuery({
    queryKey: keys.pinReport(evaluation, confidence),
    queryFn: () =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}/pins/", {
          params: { path: { evaluation_id: evaluation }, query: { confidence } },
        }),
      ),
  });
}

const pinned = (slug: string) => [keys.pins(slug), keys.allEvaluations, keys.runs, ["evaluation"]];

export function usePinLabel(slug: string) {
  return useChange(
    (body: { evaluation: number; key: string; index: number; note?: string }) =>
      unwrap(api.POST("/api/datasets/{slug}/pins/", { params: { path: { slug } }, body })),
    pinned(slug),
  );
}

export function useUnpin(slug: string) {
  return useChange(
    (id: number) => unwrap(api.DELETE("/api/pins/{pin_id}/", { params: { path: { pin_id: id } } })),
    pinned(slug),
  );
}

type ProgressQuery = { against?: number | undefined; split: Split };

/** What better labels and what a better model did since an earlier run. */
export function useRunProgress(run: number, query: ProgressQuery) {
  return useQuery({
    queryKey: keys.runProgress(run, query),
    queryFn: () =>
      unwrap(api.GET("/api/runs/{run_id}/progress/", { params: { path: { run_id: run }, query } })),
    placeholderData: (previous) => previous,
  });
}

/** Starts the evaluations that this needs. */
export function useStartProgress(run: number) {
  return useChange(
    (body: ProgressQuery) =>
      unwrap(api.POST("/api/runs/{run_id}/progress/", { params: { path: { run_id: run } }, body })),
    [keys.allEvaluations, keys.jobs],
  );
}

/** Likely label errors, the likeliest first; those with a verdict are left out. */
export function useSuspects(evaluation: number, kind: Suspect["kind"] | undefined) {
  const query = useInfiniteQuery({
    queryKey: keys.suspects(evaluation, kind),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}/suspects/", {
          params: {
            path: { evaluation_id: evaluation },
            query: { kind, cursor: pageParam, page_size: 50 },
          },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => {
      const cursor = cursorOf(page.next);
      return cursor === undefined ? undefined : Number(cursor);
    },
  });
  const items = useMemo(() => query.data?.pages.flatMap(({ results }) => results) ?? [], [query.data]);
  return { ...query, items };
}

/** The outlines of some images of an evaluation, by key; fetched in batches as the list grows. */
export function useShapes(evaluation: number, wanted: readonly string[]): ReadonlyMap<string, ImageShapes> {
  const batches: string[][] = [];
  for (let start = 0; start < wanted.length; start += SHAPES_AT_ONCE)
    batches.push(wanted.slice(start, start + SHAPES_AT_ONCE));
  return useQueries({
    queries: batches.map((batch) => ({
      queryKey: keys.shapes(evaluation, batch.join(",")),
      queryFn: () =>
        unwrap(
          api.GET("/api/evaluations/{evaluation_id}/shapes/", {
            params: { path: { evaluation_id: evaluation }, query: { keys: batch.join(",") } },
          }),
        ),
      staleTime: Infinity,
    })),
    combine: combineShapes,
  });
}

const SHAPES_AT_ONCE = 100;

function combineShapes(answers: { data?: ImageShapes[] | undefined }[]): ReadonlyMap<string, ImageShapes> {
  return new Map(answers.flatMap(({ data }) => data ?? []).map((image) => [image.key, image]));
}
