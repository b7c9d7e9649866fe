import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, unwrap } from "./client";
import { keys } from "./keys";
import type { DatasetWindow, ImageValues } from "./types";

const RENDERING_POLL_MS = 1500;

/** Through which window a dataset's images of more than 8 bits a value are shown and trained. */
export function useDatasetWindow(slug: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: keys.window(slug),
    queryFn: () => unwrap(api.GET("/api/datasets/{slug}/window/", { params: { path: { slug } } })),
    refetchInterval: ({ state }) => ((state.data?.waiting ?? 0) > 0 ? RENDERING_POLL_MS : false),
  });
  // Rendered images have other addresses.
  const waiting = query.data?.waiting ?? 0;
  const before = useRef(waiting);
  useEffect(() => {
    if (before.current > 0 && waiting === 0) {
      for (const queryKey of [keys.allImageDetails, keys.imagesOf(slug), keys.datasets, ["strip", slug]])
        void client.invalidateQueries({ queryKey });
    }
    before.current = waiting;
  }, [client, slug, waiting]);
  return query;
}

export type WindowChange = { low: number; high: number } | { is_automatic: true };

export function useSetWindow(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: WindowChange): Promise<DatasetWindow> =>
      unwrap(api.PUT("/api/datasets/{slug}/window/", { params: { path: { slug } }, body })),
    onSuccess: (state) => client.setQueryData(keys.window(slug), state),
  });
}

/** What values an image has; null for one of 8 bits a value. */
export function useImageValues(id: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.imageValues(id),
    queryFn: async (): Promise<ImageValues | null> =>
      (await unwrap(api.GET("/api/images/{image_id}/values/", { params: { path: { image_id: id } } }))) ??
      null,
    enabled,
  });
}

export function previewUrl(values: ImageValues, [low, high]: readonly [number, number]): string {
  return values.preview_url.replace("{low}", String(low)).replace("{high}", String(high));
}
