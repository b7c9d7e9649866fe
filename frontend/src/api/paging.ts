import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { cursorOf } from "./client";
import type { Page } from "./types";

type Load<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;

/** A list that the server gives out page by page, as one growing array. */
export function useList<T>(queryKey: QueryKey, load: Load<T>, options: { enabled?: boolean } = {}) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => cursorOf(page.next),
    enabled: options.enabled ?? true,
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.results) ?? [], [query.data]);
  return { ...query, items };
}

export type List<T> = ReturnType<typeof useList<T>>;
