import { useCallback, useEffect, useMemo } from "react";
import { useChange } from "./change";
import { $api, api } from "./client";
import type { imageQuery } from "./images";
import { whileActive } from "./jobs";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { ExportCounts, ExportLosses, LabelFormatName, Split } from "./types";

export const EXPORT_STATUSES = ["done", "all", "accepted", "in_progress", "sent_back", "unlabelled"] as const;

/** What goes out. Empty lists are for all; the last ones filter as the grid of images does. */
export type ExportChoice = {
  format: LabelFormatName;
  version: number | null;
  status: (typeof EXPORT_STATUSES)[number];
  split: Split[];
  classes: number[];
} & Partial<Omit<ReturnType<typeof imageQuery>, "split" | "status">>;

export const useLabelFormats = () => $api.useQuery("get", "/api/formats/", {}, { staleTime: Infinity });

/** Answers of about a second that are asked for without a click; then a person says whether to go on. */
const ASKED_BY_ITSELF = 12;

/** What would go out, and what the format cannot hold: looked at part by part, so that each answer is quick. */
export function useExportPreview(slug: string, choice: ExportChoice) {
  const query = $api.useInfiniteQuery(
    "get",
    "/api/datasets/{slug}/export/preview/",
    { params: { path: { slug }, query: choice } },
    { initialPageParam: null, getNextPageParam: ({ losses }) => losses.next ?? undefined, staleTime: 0 },
  );
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  const asked = data?.pages.length ?? 0;
  const goesOn = hasNextPage && !isFetching && !isError && asked % ASKED_BY_ITSELF !== 0;
  useEffect(() => {
    if (goesOn) void fetchNextPage();
  }, [goesOn, fetchNextPage]);
  const goOn = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const losses = useMemo(() => (data ? sumLosses(data.pages.map((page) => page.losses)) : null), [data]);
  const counts: ExportCounts | null = data?.pages[0]?.counts ?? null;
  return { ...query, counts, losses, leavesOut: data?.pages[0]?.leaves_out ?? [], goOn };
}

const MOST_LISTED = 100;

/** The losses of several answers as one, the worst of them listed. */
export function sumLosses(parts: readonly ExportLosses[]): ExportLosses {
  const sum = (of: (part: ExportLosses) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    images: sum(({ images }) => images),
    objects: sum(({ objects }) => objects),
    changed: sum(({ changed }) => changed),
    left_out: sum(({ left_out: leftOut }) => leftOut),
    images_without_file: sum(({ images_without_file: without }) => without),
    listed: parts
      .flatMap(({ listed }) => listed)
      .sort((a, b) => a.iou - b.iou)
      .slice(0, MOST_LISTED),
    next: parts.at(-1)?.next ?? null,
  };
}

/** The address of the download that is made while it is sent. */
export function exportAddress(slug: string, choice: ExportChoice): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(choice)) {
    for (const each of [value].flat()) {
      if (each !== null) query.append(name, String(each));
    }
  }
  return `/api/datasets/${slug}/export/?${query.toString()}`;
}

export const useDatasetExports = (slug: string) =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/datasets/{slug}/exports/",
      { params: { path: { slug } } },
      {
        ...byPage,
        refetchInterval: ({ state }) =>
          whileActive(2_000)({ state: { data: state.data?.pages.flatMap(({ results }) => results) } }),
      },
    ),
  );

export const usePrepareExport = (slug: string) =>
  useChange(
    (body: ExportChoice) => api.POST("/api/datasets/{slug}/exports/", { params: { path: { slug } }, body }),
    [keys.datasetExports(slug), keys.jobs],
  );

export const useDeleteDatasetExport = (slug: string) =>
  useChange(
    (id: number) => api.DELETE("/api/dataset-exports/{export_id}/", { params: { path: { export_id: id } } }),
    [keys.datasetExports(slug), keys.jobs],
  );
