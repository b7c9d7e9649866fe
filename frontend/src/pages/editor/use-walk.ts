import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { useNavigate } from "react-router";
import type { Neighbours } from "@/api/types";
import { type Filters, nextToDoQuery, prefetchImage, queryOf } from "./queries";

type Options = { slug: string; imageId: string; filters: Filters; neighbours: Neighbours | undefined };

export type Walk = {
  readonly backTo: string;
  readonly neighbour: string | null;
  readonly next: () => void;
  readonly previous: () => void;
  readonly open: (id: string) => void;
  /** The image that "Done, next" opens: the next not done; with filters, the next that matches them. */
  readonly findNext: () => Promise<string | null>;
};

/** Walking through the images of a dataset, in the order and under the filters of its images page. */
export function useWalk({ slug, imageId, filters, neighbours }: Options): Walk {
  const client = useQueryClient();
  const navigate = useNavigate();
  const query = queryOf(filters);
  const suffix = query ? `?${query}` : "";
  const isFiltered = query !== "";
  const next = neighbours?.next ?? null;
  const previous = neighbours?.previous ?? null;

  const open = useCallback(
    (id: string) => {
      if (id !== imageId) void navigate(`/datasets/${slug}/edit/${id}${suffix}`);
    },
    [navigate, slug, imageId, suffix],
  );

  const findNext = useCallback(async (): Promise<string | null> => {
    if (isFiltered) return next;
    return (await client.fetchQuery(nextToDoQuery(slug, imageId)))?.id ?? null;
  }, [client, slug, imageId, isFiltered, next]);

  useEffect(() => {
    // Behind what the person waits for now.
    const timer = setTimeout(() => {
      void prefetchImage(client, next);
      findNext().then(
        (id) => prefetchImage(client, id),
        () => undefined,
      );
    }, 300);
    return () => clearTimeout(timer);
  }, [client, next, findNext]);

  return useMemo(
    () => ({
      backTo: `/datasets/${slug}${suffix}`,
      neighbour: next,
      next: () => next && open(next),
      previous: () => previous && open(previous),
      open,
      findNext,
    }),
    [slug, suffix, next, previous, open, findNext],
  );
}
