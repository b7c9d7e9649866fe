import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import type { Neighbours } from "@/api/types";
import { toast } from "@/lib/toast";
import { bitmaps } from "../images";
import { annotationQuery } from "../queries";
import { blindIdOf, blindKey, editorAddress } from "../sync/places";
import { savers } from "../sync/savers";
import { FRESH_MS } from "../use-ahead";
import type { Walk } from "../use-walk";
import { independentQuery, leftQuery } from "./queries";

const MY_WORK = "/my-work";
/** Behind what the person waits for now. */
const AHEAD_MS = 150;

/** The one that "Done, next" opens: the next that is left, from the first again after the last; null where none is. */
export function nextLeft(left: readonly number[], id: number, finished: ReadonlySet<number>): number | null {
  const others = left.filter((each) => each !== id && !finished.has(each));
  return others.find((each) => each > id) ?? others[0] ?? null;
}

/** Done here, and on their way to the server. */
function finishedHere(): ReadonlySet<number> {
  const done = savers.waiting("").filter(({ status }) => status === "done");
  return new Set(done.map(({ image }) => blindIdOf(image)).filter((id) => id !== null));
}

/** Walking through the images of a dataset that the person is to draw a second time, those of this visit among them. */
export function useBlindWalk(slug: string, id: number): { walk: Walk; neighbours: Neighbours } {
  const client = useQueryClient();
  const navigate = useNavigate();
  const left = useQuery(leftQuery(slug));
  // What was done a moment ago stays where it was: one can go back to it.
  const [seen, setSeen] = useState<readonly number[]>([]);
  const order = useMemo(
    () => [...new Set([...seen, ...(left.data ?? []), id])].sort((a, b) => a - b),
    [seen, left.data, id],
  );
  if (order.length !== seen.length) setSeen(order);
  const at = order.indexOf(id);
  const neighbours = useMemo<Neighbours>(() => {
    const keyAt = (place: number): string | null => {
      const found = order[place];
      return found === undefined ? null : blindKey(found);
    };
    return { previous: keyAt(at - 1), next: keyAt(at + 1), position: at + 1, total: order.length };
  }, [order, at]);

  const open = useCallback(
    (key: string) => {
      if (key !== blindKey(id)) void navigate(editorAddress(slug, key), { flushSync: true });
    },
    [navigate, slug, id],
  );
  const findNext = useCallback(async () => {
    const ids = await client.query({ ...leftQuery(slug), staleTime: FRESH_MS });
    const next = nextLeft(ids, id, finishedHere());
    return next === null ? null : blindKey(next);
  }, [client, slug, id]);

  const nextAhead = useCallback(() => {
    const ids = client.getQueryData(leftQuery(slug).queryKey) ?? [];
    const next = nextLeft(ids, id, finishedHere());
    const isHere = next !== null && client.getQueryData(independentQuery(next).queryKey) !== undefined;
    return isHere ? blindKey(next) : null;
  }, [client, slug, id]);

  useEffect(() => {
    const fetchAhead = async (): Promise<void> => {
      const key = await findNext();
      const next = key === null ? null : blindIdOf(key);
      if (key === null || next === null) return;
      if (!savers.waiting("").some(({ image }) => image === key))
        void client.query(annotationQuery(key)).catch(() => undefined);
      const { image } = await client.query({ ...independentQuery(next), staleTime: FRESH_MS });
      await bitmaps.prepare([image]);
    };
    // Opening it will say what is wrong.
    const timer = setTimeout(() => void fetchAhead().catch(() => undefined), AHEAD_MS);
    return () => clearTimeout(timer);
  }, [client, findNext]);

  const walk = useMemo<Walk>(() => {
    const { previous, next } = neighbours;
    return {
      backTo: MY_WORK,
      neighbour: next,
      next: () => next && open(next),
      previous: () => previous && open(previous),
      first: () => open(blindKey(order[0] ?? id)),
      last: () => open(blindKey(order.at(-1) ?? id)),
      leave: () => void navigate(MY_WORK),
      open,
      findNext,
      nextAhead,
      end: () => {
        toast({ message: "That was the last one: nothing is left to draw a second time here." });
        void navigate(MY_WORK);
      },
    };
  }, [navigate, neighbours, order, id, open, findNext, nextAhead]);
  return { walk, neighbours };
}
