import { useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { asProblem } from "@/api/problem";
import type { Verdict } from "@/api/types";
import { fetchNextVerdict, useChangeVerdict } from "@/api/verdicts";
import { fixAddress, queueFiltersFrom } from "@/pages/verdicts/object";
import { toast } from "@/lib/toast";
import type { Walk } from "../use-walk";

export type Fixes = {
  /** The walk through the images; along the queue of fixes where the address names one of them. */
  readonly walk: Walk;
  /** Closes the verdict by hand and goes on; null where the address names none. */
  readonly settle: ((state: "fixed" | "dismissed") => void) | null;
  readonly skip: (() => void) | null;
};

/** Working through a queue of verdicts: "Done, next" opens the place of the next one. */
export function useFixes(slug: string, verdict: Verdict | null, images: Walk): Fixes {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const change = useChangeVerdict(slug);
  const { mutate } = change;
  const id = Number(search.get("verdict")) || null;
  const filters = useMemo(() => queueFiltersFrom(search), [search]);
  const found = useRef<Verdict | null>(null);
  const findNext = useCallback(async () => {
    found.current = id === null ? null : await fetchNextVerdict(slug, id, filters);
    return found.current?.image ?? null;
  }, [slug, id, filters]);

  const open = useCallback(
    (image: string) => {
      const next = found.current;
      if (next?.image === image) void navigate(fixAddress(next, filters), { flushSync: true });
      else images.open(image);
    },
    [navigate, filters, images],
  );

  const stepOn = useCallback(async () => {
    try {
      const image = await findNext();
      if (image) open(image);
      else toast({ message: "That was the last one: nothing else waits to be fixed." });
    } catch (error) {
      toast({ color: "red", message: asProblem(error).message });
    }
  }, [findNext, open]);

  const latest = useRef(stepOn);
  useLayoutEffect(() => {
    latest.current = stepOn;
  }, [stepOn]);
  const steps = useRef(Promise.resolve());
  /** One after the other, each from the verdict that the one before has opened: none is lost. */
  const skip = useCallback(() => {
    steps.current = steps.current.then(() => latest.current());
    return steps.current;
  }, []);

  const settle = useCallback(
    (state: "fixed" | "dismissed") => {
      if (!verdict) return;
      mutate(
        { id: verdict.id, state },
        {
          onSuccess: () => void skip(),
          onError: (error) => toast({ color: "red", message: asProblem(error).message }),
        },
      );
    },
    [verdict, mutate, skip],
  );

  const walk = useMemo(() => {
    if (id === null) return images;
    const back = backTo(slug, search);
    // The queue moves with every verdict: the server says what is next.
    return {
      ...images,
      findNext,
      nextAhead: () => null,
      open,
      backTo: back,
      leave: () => void navigate(back),
    };
  }, [id, images, findNext, open, navigate, slug, search]);
  const isOnFix = verdict !== null;
  return useMemo(
    () => ({ walk, settle: isOnFix ? settle : null, skip: isOnFix ? () => void skip() : null }),
    [walk, isOnFix, settle, skip],
  );
}

function backTo(slug: string, search: URLSearchParams): string {
  const query = new URLSearchParams(
    Object.entries(queueFiltersFrom(search)).map(([name, value]) => [name, String(value)]),
  ).toString();
  return `/datasets/${slug}/fixes${query ? `?${query}` : ""}`;
}
