import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { type Columns, parseColumns } from "@/prediction-data/columns";
import type { CutParams } from "@/prediction-data/cut";
import { useChange } from "./change";
import { $api, api, unwrap } from "./client";
import { sumLosses } from "./exports";
import { at, keys } from "./keys";
import type { ExportCounts, LabelFormatName, PredictedImage } from "./types";

const pathOf = (prediction_id: number) => ({ path: { prediction_id } });

/** While the server has images that it has not counted yet. */
const COUNTING_MS = 500;
/** While the job is at work; the answer of a large one is asked for less often. */
const WORKING_MS = 3_000;
const LARGE_IMAGES = 5_000;

/** All objects as columns of numbers: fetched once, then every slider is answered here. */
export const usePredictionColumns = (id: number, isActive: boolean, enabled: boolean) =>
  useQuery({
    enabled,
    queryKey: at("/api/predictions/{prediction_id}/columns/", { prediction_id: id }),
    queryFn: async ({ signal }): Promise<Columns> =>
      parseColumns(
        await unwrap<ArrayBuffer>(
          api.GET("/api/predictions/{prediction_id}/columns/", {
            params: pathOf(id),
            parseAs: "arrayBuffer",
            headers: { Accept: "application/octet-stream" },
            signal,
          }),
        ),
      ),
    staleTime: Infinity,
    gcTime: 60_000,
    structuralSharing: false,
    refetchInterval: ({ state: { data } }) => {
      if (!data || data.isWhole) return false;
      if (!isActive) return COUNTING_MS;
      return WORKING_MS * Math.max(1, data.imageCount / LARGE_IMAGES);
    },
  });

const AT_ONCE = 50;
const GATHER_MS = 20;
/** Polygons of so many milliseconds ago are forgotten, so that a huge prediction does not fill the memory. */
const KEPT_MS = 30_000;

type Waiting = {
  position: number;
  resolve: (image: PredictedImage) => void;
  reject: (error: unknown) => void;
};
const waiting = new Map<number, Waiting[]>();

/** Tiles ask one by one; what they ask for within a moment is one request. */
function loadImage(prediction: number, position: number): Promise<PredictedImage> {
  return new Promise((resolve, reject) => {
    const gathered = waiting.get(prediction);
    if (gathered) {
      gathered.push({ position, resolve, reject });
      return;
    }
    waiting.set(prediction, [{ position, resolve, reject }]);
    setTimeout(() => {
      const due = waiting.get(prediction) ?? [];
      waiting.delete(prediction);
      for (let i = 0; i < due.length; i += AT_ONCE) void fetchImages(prediction, due.slice(i, i + AT_ONCE));
    }, GATHER_MS);
  });
}

async function fetchImages(prediction: number, due: readonly Waiting[]): Promise<void> {
  try {
    const found = await unwrap(
      api.GET("/api/predictions/{prediction_id}/images/some/", {
        params: {
          ...pathOf(prediction),
          query: { positions: [...new Set(due.map(({ position }) => position))].join(",") },
        },
      }),
    );
    const byPosition = new Map(found.map((image) => [Number(image.key), image]));
    for (const { position, resolve, reject } of due) {
      const image = byPosition.get(position);
      if (image) resolve(image);
      else reject(new Error("The image is no longer in this prediction."));
    }
  } catch (error) {
    for (const { reject } of due) reject(error);
  }
}

export const someImages = (prediction_id: number) =>
  at("/api/predictions/{prediction_id}/images/some/", { prediction_id });

/** One image with all objects from the floor on: they hold at every confidence. */
export const predictedImageQuery = (prediction: number, position: number) =>
  queryOptions({
    queryKey: [...someImages(prediction), position],
    queryFn: () => loadImage(prediction, position),
    staleTime: Infinity,
    gcTime: KEPT_MS,
    structuralSharing: false,
  });

export const usePredictedImage = (prediction: number, position: number, enabled = true) =>
  useQuery({ ...predictedImageQuery(prediction, position), enabled });

export type TakingBody = {
  dataset: string;
  positions?: number[];
  all?: boolean;
  show?: "all" | "found" | "nothing";
  class_index?: number | null;
  split?: "train" | "val" | "test";
} & Partial<CutParams>;

/** Images of a prediction become images of a dataset; answers the import that does it. */
export const useIntoDataset = (id: number) =>
  useChange(
    ({ all = false, show = "all", ...body }: TakingBody) =>
      api.POST("/api/predictions/{prediction_id}/into-dataset/", {
        params: pathOf(id),
        body: { ...body, all, show },
      }),
    [keys.jobs],
  );

/** Once images were taken in or back, tiles say so. */
export function useForgetImages(id: number): () => void {
  const client = useQueryClient();
  return useCallback(() => void client.invalidateQueries({ queryKey: someImages(id) }), [client, id]);
}

const ASKED_BY_ITSELF = 12;

/** What would go out in a format, and what that cannot hold: looked at part by part. */
export function usePredictionExportPreview(id: number, format: LabelFormatName, cut: CutParams) {
  const query = $api.useInfiniteQuery(
    "get",
    "/api/predictions/{prediction_id}/export/preview/",
    { params: { ...pathOf(id), query: { ...cut, format } } },
    { initialPageParam: null, getNextPageParam: ({ losses }) => losses.next ?? undefined, staleTime: 0 },
  );
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  const goesOn = hasNextPage && !isFetching && !isError && (data?.pages.length ?? 0) % ASKED_BY_ITSELF !== 0;
  useEffect(() => {
    if (goesOn) void fetchNextPage();
  }, [goesOn, fetchNextPage]);
  const goOn = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const losses = useMemo(() => (data ? sumLosses(data.pages.map((page) => page.losses)) : null), [data]);
  const counts: ExportCounts | null = data?.pages[0]?.counts ?? null;
  return { ...query, counts, losses, leavesOut: data?.pages[0]?.leaves_out ?? [], goOn };
}

/** What predictions found in an image of a dataset; without `prediction` the newest. */
export const useGhostsOf = (imageId: string | null, prediction: number | null, enabled: boolean) =>
  $api.useQuery(
    "get",
    "/api/images/{image_id}/ghosts/",
    { params: { path: { image_id: imageId ?? "" }, query: prediction ? { prediction } : {} } },
    { enabled: enabled && imageId !== null, staleTime: 60_000 },
  );
