import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useNavigate } from "react-router";
import { asProblem } from "@/api/problem";
import type { Neighbours } from "@/api/types";
import { toast } from "@/lib/toast";
import { type Filters, fetchEdge, imageQuery, neighboursQuery, nextToDoQuery, queryOf } from "./queries";
import { writeReview } from "./review/address";
import { FRESH_MS, useAhead } from "./use-ahead";

type Options = {
  slug: string;
  imageId: string;
  filters: Filters;
  neighbours: Neighbours | undefined;
  /** The next image is one to review. */
  isReview: boolean;
};

type Direction = "next" | "previous";

export type Walk = {
  readonly backTo: string;
  readonly neighbour: string | null;
  readonly next: () => void;
  readonly previous: () => void;
  readonly first: () => void;
  readonly last: () => void;
  readonly leave: () => void;
  readonly open: (id: string) => void;
  /** The image that "Done, next" opens: the next not done; with filters, the next that matches them. */
  readonly findNext: () => Promise<string | null>;
  /** The same where it was fetched ahead, so that it opens at once; null where the server has to be asked. */
  readonly nextAhead: () => string | null;
  /** Nothing is next. */
  readonly end: () => void;
};

/** Walking through the images of a dataset, in the order and under the filters of its images page. */
export function useWalk({ slug, imageId, filters, neighbours, isReview }: Options): Walk {
  const client = useQueryClient();
  const navigate = useNavigate();
  const query = queryOf(filters);
  const mode = isReview ? writeReview(query) : query;
  const suffix = mode ? `?${mode}` : "";
  const isFiltered = query !== "";
  const next = neighbours?.next ?? null;
  const previous = neighbours?.previous ?? null;
  const backTo = `/datasets/${slug}${query ? `?${query}` : ""}`;

  /** Where the keys have led so far: ahead of the image that is shown while the server is asked for the way. */
  const way = useRef({ to: imageId, isAsking: false, owed: [] as Direction[] });
  useLayoutEffect(() => {
    if (!way.current.isAsking) way.current.to = imageId;
  }, [imageId]);

  const open = useCallback(
    (id: string) => {
      // Steps that are still owed led from somewhere else.
      way.current = { to: id, isAsking: false, owed: [] };
      // At once, not when the browser has nothing else to do: the person waits for it.
      if (id !== imageId) void navigate(`/datasets/${slug}/edit/${id}${suffix}`, { flushSync: true });
    },
    [navigate, slug, imageId, suffix],
  );
  // Who has left the editor is not brought back by a step that is still owed.
  useEffect(() => () => void (way.current = { ...way.current, owed: [] }), []);
  const openLatest = useRef(open);
  useLayoutEffect(() => {
    openLatest.current = open;
  }, [open]);

  const step = useCallback(
    async (direction: Direction) => {
      const here = way.current;
      here.owed.push(direction);
      if (here.isAsking) return;
      try {
        for (let wanted = here.owed.shift(); wanted; wanted = here.owed.shift()) {
          const query = neighboursQuery(here.to, filters);
          let around = client.getQueryData(query.queryKey);
          if (!around) {
            here.isAsking = true;
            around = await client.query(query);
          }
          // The person has gone elsewhere meanwhile.
          if (here !== way.current) return;
          here.to = around[wanted] ?? here.to;
        }
        openLatest.current(here.to);
      } catch (error) {
        if (here !== way.current) return;
        openLatest.current(here.to);
        toast({ color: "red", message: asProblem(error).message });
      }
    },
    [client, filters],
  );

  const openEdge = useCallback(
    async (edge: "first" | "last") => {
      try {
        const id = await fetchEdge(slug, filters, edge);
        if (id) open(id);
        else toast({ message: "No image matches the filters." });
      } catch (error) {
        toast({ color: "red", message: asProblem(error).message });
      }
    },
    [slug, filters, open],
  );

  const findNext = useCallback(async (): Promise<string | null> => {
    if (isFiltered) return next;
    const wanted = nextToDoQuery(slug, imageId, isReview ? "review" : "annotate");
    return (await client.query({ ...wanted, staleTime: FRESH_MS }))?.id ?? null;
  }, [client, slug, imageId, isFiltered, isReview, next]);

  const nextAhead = useCallback((): string | null => {
    let id = next;
    if (!isFiltered) {
      const wanted = nextToDoQuery(slug, imageId, isReview ? "review" : "annotate");
      const known = client.getQueryState(wanted.queryKey);
      const isFresh = known && !known.isInvalidated && Date.now() - known.dataUpdatedAt < FRESH_MS;
      id = (isFresh && known.data?.id) || null;
    }
    return id !== null && client.getQueryData(imageQuery(id).queryKey) ? id : null;
  }, [client, slug, imageId, isFiltered, isReview, next]);

  useAhead({ slug, imageId, next, previous, findNext, filters });

  return useMemo(
    () => ({
      backTo,
      neighbour: next,
      next: () => void step("next"),
      previous: () => void step("previous"),
      first: () => void openEdge("first"),
      last: () => void openEdge("last"),
      leave: () => void navigate(backTo),
      open,
      findNext,
      nextAhead,
      end: () => void toast({ message: "That was the last one: every image here is done." }),
    }),
    [backTo, next, step, open, openEdge, navigate, findNext, nextAhead],
  );
}
