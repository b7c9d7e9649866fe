/** What the player asks the server. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { $api, api, unwrap } from "@/api/client";
import { isActive, whileActive } from "@/api/jobs";
import { at } from "@/api/keys";
import type { VideoFile } from "@/api/types";
import { readTimeline } from "./timeline";
import type { Frame } from "./wire";

const of = (id: number) => ({ path: { prediction_id: id } });

export async function loadFrames(
  id: number,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<readonly Frame[]> {
  const params = { ...of(id), query: { from, to } };
  const { frames } = await unwrap(api.GET("/api/predictions/{prediction_id}/frames/", { params, signal }));
  // The schema has no words for rows whose columns differ in kind.
  return frames as unknown as readonly Frame[];
}

const BINS = 600;
const WHILE_ACTIVE_MS = 4_000;

export const useTimeline = (id: number, isAtWork: boolean) =>
  $api.useQuery(
    "get",
    "/api/predictions/{prediction_id}/timeline/",
    { params: { ...of(id), query: { bins: BINS } } },
    { refetchInterval: isAtWork && WHILE_ACTIVE_MS, select: readTimeline },
  );

export const useTracks = (id: number, isAtWork: boolean) =>
  $api.useQuery(
    "get",
    "/api/predictions/{prediction_id}/tracks/",
    { params: of(id) },
    { refetchInterval: isAtWork && WHILE_ACTIVE_MS },
  );

/** The newest file with masks burnt in that is just so. */
export function fileOf(files: readonly VideoFile[], asked: BurnAsked): VideoFile | undefined {
  const names = [...asked.classes].sort().join();
  return files.find(
    (file) =>
      Math.abs(file.confidence - asked.confidence) < 5e-4 &&
      [...file.classes].sort().join() === names &&
      file.with_boxes === asked.with_boxes,
  );
}

export type BurnAsked = { confidence: number; classes: string[]; with_boxes: boolean };

/** Files with masks burnt in. */
export function useBurntIn(id: number) {
  const client = useQueryClient();
  const files = $api.useQuery(
    "get",
    "/api/predictions/{prediction_id}/burnt-in/",
    { params: of(id) },
    { refetchInterval: whileActive(1_500) },
  );
  const make = useMutation({
    mutationFn: (body: BurnAsked) =>
      unwrap(api.POST("/api/predictions/{prediction_id}/burnt-in/", { params: of(id), body })),
    onSettled: () =>
      client.invalidateQueries({
        queryKey: at("/api/predictions/{prediction_id}/burnt-in/", { prediction_id: id }),
      }),
  });
  return { files, make };
}

export const isMaking = (file: VideoFile | undefined): boolean => file !== undefined && isActive(file.state);

export const takeFrames = (id: number, dataset: string, positions: number[]) =>
  unwrap(
    api.POST("/api/predictions/{prediction_id}/into-dataset/", {
      params: of(id),
      body: { dataset, positions, all: false, show: "all" },
    }),
  );

/** As many as are looked for; of more frames the last ones stand for all. */
export const LOOKED_FOR = 100;

/** Ids of the images that frames became; those that are not taken in yet are left out. */
export async function takenImages(id: number, positions: readonly number[]): Promise<string[]> {
  const query = { positions: positions.slice(-LOOKED_FOR).join(",") };
  const images = await unwrap(
    api.GET("/api/predictions/{prediction_id}/images/some/", { params: { ...of(id), query } }),
  );
  return images.flatMap(({ image }) => (image ? [image.id] : []));
}
