import { keepPreviousData, queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { type Basis, parseColumns } from "@/review-data/columns";
import { api, unwrap } from "./client";
import { useChange } from "./datasets";
import { isActive } from "./jobs";
import { keys } from "./keys";
import { useList } from "./paging";
import type { Evaluation, ImageShapes, Split } from "./types";

/** All evaluations of a run, the newest first: every checkpoint, version and split. */
export function useEvaluations(run: number) {
  return useQuery({
    queryKey: keys.evaluations(run),
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/evaluations/", { params: { path: { run_id: run } } })),
    refetchInterval: (query) =>
      query.state.data?.some((evaluation) => isActive(evaluation.state)) ? 3_000 : false,
  });
}

/** One evaluation, of whatever run. */
export function useEvaluation(id: number, isWanted: boolean) {
  return useQuery({
    queryKey: keys.evaluation(id),
    queryFn: () =>
      unwrap(api.GET("/api/evaluations/{evaluation_id}/", { params: { path: { evaluation_id: id } } })),
    enabled: isWanted,
    retry: false,
  });
}

/** The newest finished evaluations of a dataset on a split, of all runs: what a result is compared with. */
export function useSiblings({ dataset, split }: Pick<Evaluation, "dataset" | "split">) {
  return useQuery({
    queryKey: [...keys.allEvaluations, "of-dataset", dataset, split],
    queryFn: async () =>
      (
        await unwrap(
          api.GET("/api/evaluations/", {
            params: { query: { dataset, split, state: "finished", page_size: 100 } },
          }),
        )
      ).results,
    staleTime: 60_000,
  });
}

export type EvaluationRequest = { split: Split; checkpoint?: number; version?: number; again?: boolean };

export function useEvaluate(run: number) {
  return useChange(
    (body: EvaluationRequest) =>
      unwrap(api.POST("/api/runs/{run_id}/evaluations/", { params: { path: { run_id: run } }, body })),
    [keys.evaluations(run), keys.jobs],
  );
}

const curvesQuery = (evaluation: number) =>
  queryOptions({
    queryKey: keys.curves(evaluation),
    queryFn: () =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}/curves/", {
          params: { path: { evaluation_id: evaluation } },
        }),
      ),
    staleTime: Infinity,
  });

export function useCurves(evaluation: number) {
  return useQuery(curvesQuery(evaluation));
}

/** The curves of several evaluations, in the order of `ids`. */
export function useCurvesOf(ids: readonly number[]) {
  return useQueries({ queries: ids.map(curvesQuery) });
}

export function useFigures(evaluation: number) {
  return useQuery({
    queryKey: keys.figures(evaluation),
    queryFn: () =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}/figures/", {
          params: { path: { evaluation_id: evaluation } },
        }),
      ),
    staleTime: Infinity,
  });
}

/** All labels and predictions as columns of numbers: fetched once, then every slider is answered here. */
export function useColumns(evaluation: number, options: { iou: number; basis: Basis }, enabled = true) {
  return useQuery({
    enabled,
    queryKey: keys.columns(evaluation, options),
    queryFn: async ({ signal }) =>
      parseColumns(
        await unwrap<ArrayBuffer>(
          api.GET("/api/evaluations/{evaluation_id}/columns/", {
            params: { path: { evaluation_id: evaluation }, query: options },
            parseAs: "arrayBuffer",
            headers: { Accept: "application/octet-stream" },
            signal,
          }),
        ),
      ),
    staleTime: Infinity,
    gcTime: 60_000,
    structuralSharing: false,
    placeholderData: keepPreviousData,
  });
}

/** As many as the server answers at once. */
const SHAPES_AT_ONCE = 100;

type Waiting = { key: string; resolve: (shapes: ImageShapes) => void; reject: (error: unknown) => void };
const waiting = new Map<number, Waiting[]>();

/** Gathers what is asked for within a moment, so that a page of tiles is one request. */
function loadShapes(evaluation: number, key: string): Promise<ImageShapes> {
  return new Promise((resolve, reject) => {
    const gathered = waiting.get(evaluation);
    if (gathered) {
      gathered.push({ key, resolve, reject });
      return;
    }
    waiting.set(evaluation, [{ key, resolve, reject }]);
    setTimeout(() => {
      const due = waiting.get(evaluation) ?? [];
      waiting.delete(evaluation);
      for (let i = 0; i < due.length; i += SHAPES_AT_ONCE)
        void fetchShapes(evaluation, due.slice(i, i + SHAPES_AT_ONCE));
    }, 20);
  });
}

async function fetchShapes(evaluation: number, due: readonly Waiting[]): Promise<void> {
  try {
    const found = await unwrap(
      api.GET("/api/evaluations/{evaluation_id}/shapes/", {
        params: {
          path: { evaluation_id: evaluation },
          query: { keys: [...new Set(due.map(({ key }) => key))].join(",") },
        },
      }),
    );
    const byKey = new Map(found.map((shapes) => [shapes.key, shapes]));
    for (const { key, resolve, reject } of due) {
      const shapes = byKey.get(key);
      if (shapes) resolve(shapes);
      else reject(new Error(`The server did not answer for image ${key}.`));
    }
  } catch (error) {
    for (const { reject } of due) reject(error);
  }
}

export const shapesQuery = (evaluation: number, key: string) =>
  queryOptions({
    queryKey: keys.shapes(evaluation, key),
    queryFn: () => loadShapes(evaluation, key),
    staleTime: Infinity,
    structuralSharing: false,
  });

/** The polygons of one image, all predictions from the floor on: they hold at every confidence. */
export function useShapes(evaluation: number, key: string) {
  return useQuery(shapesQuery(evaluation, key));
}

/** Those of several images, for fetching ahead. */
export function useShapesOf(evaluation: number, imageKeys: readonly string[]) {
  return useQueries({ queries: imageKeys.map((key) => shapesQuery(evaluation, key)) });
}

export function useComparison(ids: readonly number[]) {
  return useQuery({
    queryKey: [...keys.allEvaluations, "compared", ids],
    queryFn: () =>
      unwrap(api.GET("/api/evaluations/compare/", { params: { query: { ids: ids.join(",") } } })),
    enabled: ids.length > 1,
  });
}

export type ComparedFilters = { other: number; direction: "better" | "worse" };

export function useComparedImages(ids: readonly number[], { other, direction }: ComparedFilters) {
  return useList(
    [...keys.allEvaluations, "compared", ids, "images", other, direction],
    (cursor, signal) =>
      unwrap(
        api.GET("/api/evaluations/compare/images/", {
          params: {
            query: {
              ids: ids.join(","),
              other,
              direction,
              cursor: cursor === undefined ? undefined : Number(cursor),
              page_size: 60,
            },
          },
          signal,
        }),
      ),
    { enabled: ids.length > 1 },
  );
}
