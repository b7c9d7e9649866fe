import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { $api, api, unwrap } from "./client";
import { at, invalidate, keys } from "./keys";
import type { DatasetWindow, ImageValues } from "./types";

const RENDERING_POLL_MS = 1500;

/** Through which window a dataset's images of more than 8 bits a value are shown and trained. */
export function useDatasetWindow(slug: string) {
  const client = useQueryClient();
  const query = $api.useQuery(
    "get",
    "/api/datasets/{slug}/window/",
    { params: { path: { slug } } },
    { refetchInterval: ({ state }) => ((state.data?.waiting ?? 0) > 0 ? RENDERING_POLL_MS : false) },
  );
  // Rendered images have other addresses.
  const waiting = query.data?.waiting ?? 0;
  const before = useRef(waiting);
  useEffect(() => {
    if (before.current > 0 && waiting === 0)
      void invalidate(client, keys.image(), keys.imagesOf(slug), keys.datasets, [["strip", slug]]);
    before.current = waiting;
  }, [client, slug, waiting]);
  return query;
}

type WindowChange = { low: number; high: number } | { is_automatic: true };

export function useSetWindow(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: WindowChange): Promise<DatasetWindow> =>
      unwrap(api.PUT("/api/datasets/{slug}/window/", { params: { path: { slug } }, body })),
    onSuccess: (state) => client.setQueryData(at("/api/datasets/{slug}/window/", { slug }), state),
  });
}

/** What values an image has; null for one of 8 bits a value. */
export const useImageValues = (id: string, enabled: boolean) =>
  $api.useQuery(
    "get",
    "/api/images/{image_id}/values/",
    { params: { path: { image_id: id } } },
    { enabled, select: (values?: ImageValues | null) => values ?? null },
  );

export function previewUrl(values: ImageValues, [low, high]: readonly [number, number]): string {
  return values.preview_url.replace("{low}", String(low)).replace("{high}", String(high));
}
