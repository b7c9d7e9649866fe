import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Page } from "./types";

/** The cursor out of a list's `next` address. */
export function cursorOf(next: string | null): string | undefined {
  if (!next) return undefined;
  return new URL(next, "http://segloop.invalid").searchParams.get("cursor") ?? undefined;
}

/** For `$api.useInfiniteQuery`: the first page is asked for without a cursor. */
export const byPage = {
  initialPageParam: null,
  getNextPageParam: (page: Page<unknown>) => cursorOf(page.next),
};

/** A list that the server gives out page by page, as one growing array. */
export function useList<P extends Page<unknown>, E>(query: UseInfiniteQueryResult<InfiniteData<P>, E>) {
  const items = useMemo<P["results"][number][]>(
    () => query.data?.pages.flatMap((page): P["results"][number][] => page.results) ?? [],
    [query.data],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return { ...query, items, loadMore };
}

export type List<T> = ReturnType<typeof useList<Page<T>, Error>>;
