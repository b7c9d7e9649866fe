import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { cursorOf } from "./client";
import type { Page } from "./types";

type Load<P> = (cursor: string | undefined, signal: AbortSignal) => Promise<P>;

/** A list that the server gives out page by page, as one growing array. */
export function useList<P extends Page<unknown>>(
  queryKey: QueryKey,
  load: Load<P>,
  options: { enabled?: boolean } = {},
) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => cursorOf(page.next),
    enabled: options.enabled ?? true,
  });
  const items = useMemo<P["results"][number][]>(
    () => query.data?.pages.flatMap((page): P["results"][number][] => page.results) ?? [],
    [query.data],
  );
  return { ...query, items };
}

export type List<T> = ReturnType<typeof useList<Page<T>>>;
