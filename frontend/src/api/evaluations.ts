import { keepPreviousData, queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { type Basis, parseColumns } from "@/review-data/columns";
import { useChange } from "./change";
import { $api, api, unwrap } from "./client";
import { whileActive } from "./jobs";
import { at, keys } from "./keys";
import { byPage, useList } from "./paging";
import type { Evaluation, ImageShapes, Split } from "./types";

/** All evaluations of a run, the newest first: every checkpoint, version and split. */
export const useEvaluations = (run: number) =>
  $api.useQuery(
    "get",
    "/api/runs/{run_id}/evaluations/",
    { params: { path: { run_id: run } } },
    { refetchInterval: whileActive(3_000) },
  );

const pathOf = (evaluation_id: number) => ({ params: { path: { evaluation_id } } });

/** One evaluation, of whatever run. */
export const useEvaluation = (id: number, isWanted: boolean) =>
  $api.useQuery("get", "/api/evaluations/{evaluation_id}/", pathOf(id), { enabled: isWanted, retry: false });

/** The newest finished evaluations of a dataset on a split, of all runs: what a result is compared with. */
export const useSiblings = ({ dataset, split }: Pick<Evaluation, "dataset" | "split">) =>
  $api.useQuery(
    "get",
    "/api/evaluations/",
    { params: { query: { dataset, split, state: "finished", page_size: 100 } } },
    { select: ({ results }) => results, staleTime: 60_000 },
  );

type EvaluationRequest = { split: Split; checkpoint?: number; version?: number; again?: boolean };

export const useEvaluate = (run: number) =>
  useChange(
    (body: EvaluationRequest) =>
      api.POST("/api/runs/{run_id}/evaluations/", { params: { path: { run_id: run } }, body }),
    [keys.evaluations(run), keys.jobs],
  );

const curvesQuery = (id: number) =>
  $api.queryOptions("get", "/api/evaluations/{evaluation_id}/curves/", pathOf(id), { staleTime: Infinity });

export const useCurves = (id: number) => useQuery(curvesQuery(id));

/** The curves of several evaluations, in the order of `ids`. */
export const useCurvesOf = (ids: readonly number[]) => useQueries({ queries: ids.map(curvesQuery) });

export const useFigures = (id: number) =>
  $api.useQuery("get", "/api/evaluations/{evaluation_id}/figures/", pathOf(id), { staleTime: Infinity });

/** All labels and predictions as columns of numbers: fetched once, then every slider is answered here. */
export const useColumns = (id: number, options: { iou: number; basis: Basis }, enabled = true) =>
  useQuery({
    enabled,
    queryKey: [...at("/api/evaluations/{evaluation_id}/columns/", { evaluation_id: id }), options],
    queryFn: async ({ signal }) =>
      parseColumns(
        await unwrap<ArrayBuffer>(
          api.GET("/api/evaluations/{evaluation_id}/columns/", {
            params: { path: { evaluation_id: id }, query: options },
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

/** One image of an evaluation with its labels and predictions. */
export const useEvaluatedImage = (id: number, key: string, confidence: number, enabled = true) =>
  $api.useQuery(
    "get",
    "/api/evaluations/{evaluation_id}/images/{key}/",
    { params: { path: { evaluation_id: id, key }, query: { confidence } } },
    { enabled, staleTime: Infinity },
  );

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
    queryKey: [...at("/api/evaluations/{evaluation_id}/shapes/", { evaluation_id: evaluation }), key],
    queryFn: () => loadShapes(evaluation, key),
    staleTime: Infinity,
    structuralSharing: false,
  });

/** The polygons of one image, all predictions from the floor on: they hold at every confidence. */
export const useShapes = (evaluation: number, key: string) => useQuery(shapesQuery(evaluation, key));

/** Those of several images that are here already, by key; the others are on their way. */
export const useShapesOf = (evaluation: number, imageKeys: readonly string[]) =>
  useQueries({ queries: imageKeys.map((key) => shapesQuery(evaluation, key)), combine: byKey });

function byKey(answers: { data?: ImageShapes | undefined }[]): ReadonlyMap<string, ImageShapes> {
  return new Map(answers.flatMap(({ data }) => (data ? [[data.key, data]] : [])));
}

/** `confidence`: one for all; null is the best of the first. */
type ComparedAt = { confidence: number | null; basis: Basis };

export const useComparison = (ids: readonly number[], { confidence, basis }: ComparedAt) =>
  $api.useQuery(
    "get",
    "/api/evaluations/compare/",
    { params: { query: { ids: ids.join(","), confidence: confidence ?? undefined, basis } } },
    { enabled: ids.length > 1, placeholderData: (previous) => previous },
  );

type ComparedFilters = {
  other: number;
  direction: "better" | "worse" | "same";
  confidence: number | null;
};

export function useComparedImages(ids: readonly number[], { confidence, ...filters }: ComparedFilters) {
  const query = { ids: ids.join(","), ...filters, confidence: confidence ?? undefined, page_size: 60 };
  return useList(
    $api.useInfiniteQuery(
      "get",
      "/api/evaluations/compare/images/",
      { params: { query } },
      { ...byPage, enabled: ids.length > 1 },
    ),
  );
}

type FlippedFilters = ComparedAt & { flip: "lost" | "found"; classIndex: number | null };

/** Objects that one of two evaluations finds and the other misses. */
export function useFlippedObjects(
  pair: readonly [number, number],
  { flip, classIndex, confidence, basis }: FlippedFilters,
) {
  const query = {
    ids: pair.join(","),
    flip,
    basis,
    class: classIndex ?? undefined,
    confidence: confidence ?? undefined,
    page_size: 30,
  };
  return useList(
    $api.useInfiniteQuery("get", "/api/evaluations/compare/objects/", { params: { query } }, byPage),
  );
}
