import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { shapesQuery, useColumns } from "@/api/evaluations";
import { asProblem } from "@/api/problem";
import type { ImageShapes, Neighbours } from "@/api/types";
import { toast } from "@/lib/toast";
import { useWanted } from "@/lib/wanted";
import {
  formatGallery,
  galleryAddress,
  itemAt,
  listAddressOf,
  listItems,
  parseGallery,
  placeAmong,
} from "@/pages/review/gallery";
import type { Place } from "@/pages/review/seen";
import { editorAddress } from "@/pages/verdicts/object";
import { fillTally, makeTally } from "@/review-data/tally";
import { bitmaps } from "../images";
import { annotationQuery, imageQuery } from "../queries";
import { savers } from "../sync/savers";
import { FRESH_MS } from "../use-ahead";
import type { Walk } from "../use-walk";

/** Behind what the person waits for now. */
const AHEAD_MS = 150;
const NOTHING = new Int32Array();

type Found = { readonly at: number; readonly image: string; readonly address: string };

export type GalleryWalk = {
  /** The walk through the images; through the gallery where the editor was opened from one. */
  readonly walk: Walk;
  /** The place in the gallery; undefined where there is none. */
  readonly place: Neighbours | undefined;
};

/** The object that an address of the editor asks for. */
function placeFrom(search: URLSearchParams): Place | null {
  const side = search.get("side");
  const index = Number(search.get("index") ?? Number.NaN);
  const isPlace = (side === "label" || side === "prediction") && Number.isInteger(index);
  return isPlace ? { side, index } : null;
}

/**
 * Walking through the list of the gallery that the editor was opened from: the next key and "Done, next" open its next
 * object, back goes to the gallery at the object that was reached.
 */
export function useGalleryWalk(slug: string, images: Walk): GalleryWalk {
  const [search] = useSearchParams();
  const client = useQueryClient();
  const navigate = useNavigate();
  const raw = search.get("gallery");
  const gallery = useMemo(() => parseGallery(raw), [raw]);
  const evaluation = Number(search.get("evaluation"));
  const key = search.get("key") ?? "";
  const isOn = gallery !== null && evaluation > 0;
  const list = useMemo(() => (gallery ? listAddressOf(gallery) : null), [gallery]);
  const options = { iou: list?.iou ?? 0.5, basis: list?.basis ?? "mask" };
  const { data: columns, isError } = useColumns(evaluation, options, isOn);
  const items = useMemo(() => {
    if (!gallery || !list || !columns) return NOTHING;
    const { confidence } = gallery;
    return listItems(columns, list, confidence, fillTally(makeTally(columns), columns, confidence));
  }, [gallery, list, columns]);
  const view = list?.view ?? "images";
  const meant = useMemo(() => placeFrom(search), [search]);
  const named = useMemo(
    () => (columns ? placeAmong(columns, items, view, Number(key), meant) : -1),
    [columns, items, view, key, meant],
  );
  // Another prediction of the image may be looked at that is not in the list: the place in the list stays.
  const [shown, setShown] = useState(named);
  if (named >= 0 && named !== shown) setShown(named);
  const wanted = useWanted(shown);
  const found = useRef<Found | null>(null);

  const shapesOf = useCallback(
    (image: number): Promise<ImageShapes> => client.query(shapesQuery(evaluation, String(image))),
    [client, evaluation],
  );
  const foundAt = useCallback(
    (at: number, shapes: ImageShapes | undefined): Found | null => {
      if (!gallery || !columns || !shapes?.image) return null;
      const { image, place } = itemAt(columns, items, at, view);
      const object = { evaluation, key: String(image), ...place };
      const address = editorAddress(slug, shapes.image, object, gallery.confidence, formatGallery(gallery));
      return { at, image: shapes.image, address };
    },
    [gallery, columns, items, view, evaluation, slug],
  );
  /** What stands at a place; past images that are in the dataset no longer, further on in the same direction. */
  const find = useCallback(
    async (from: number, by: 1 | -1): Promise<Found | null> => {
      if (!columns) return null;
      for (let at = from; at >= 0 && at < items.length; at += by) {
        const next = foundAt(at, await shapesOf(itemAt(columns, items, at, view).image));
        if (next) return next;
      }
      return null;
    },
    [columns, items, view, foundAt, shapesOf],
  );

  const go = useCallback(
    (to: Found) => {
      wanted.ask(to.at);
      // The browser's own "back" leads to the gallery, not through every object of it.
      void navigate(to.address, { replace: true, flushSync: true });
    },
    [wanted, navigate],
  );
  const steps = useRef<Promise<unknown>>(Promise.resolve());
  const walkTo = useCallback(
    (start: () => number, by: 1 | -1) => {
      // One after the other: each begins where the one before has led.
      steps.current = steps.current.then(async () => {
        try {
          const to = await find(start(), by);
          if (to) go(to);
        } catch (error) {
          toast({ color: "red", message: asProblem(error).message });
        }
      });
    },
    [find, go],
  );

  const findNext = useCallback(async () => {
    found.current = await find(wanted.latest() + 1, 1);
    return found.current?.image ?? null;
  }, [find, wanted]);

  const nextAhead = useCallback((): string | null => {
    const at = wanted.latest() + 1;
    if (!columns || at >= items.length) return null;
    const { image } = itemAt(columns, items, at, view);
    const next = foundAt(at, client.getQueryData(shapesQuery(evaluation, String(image)).queryKey));
    if (!next || !client.getQueryData(imageQuery(next.image).queryKey)) return null;
    found.current = next;
    return next.image;
  }, [columns, items, view, foundAt, wanted, client, evaluation]);

  useEffect(() => {
    if (!isOn || shown < 0) return;
    const fetchAhead = async (): Promise<void> => {
      const next = await find(shown + 1, 1);
      if (!next) return;
      if (!savers.waiting("").some(({ image }) => image === next.image))
        void client.query(annotationQuery(next.image)).catch(() => undefined);
      const image = await client.query({ ...imageQuery(next.image), staleTime: FRESH_MS });
      await bitmaps.prepare([image]);
    };
    // Opening it will say what is wrong.
    const timer = setTimeout(() => void fetchAhead().catch(() => undefined), AHEAD_MS);
    return () => clearTimeout(timer);
  }, [isOn, shown, find, client]);

  return useMemo((): GalleryWalk => {
    // A list that cannot be had: the images of the dataset are walked through instead.
    if (!gallery || !isOn || isError) return { walk: images, place: undefined };
    const back = galleryAddress(gallery, key, meant);
    const walk: Walk = {
      ...images,
      backTo: back,
      neighbour: null,
      next: () => walkTo(() => wanted.latest() + 1, 1),
      previous: () => walkTo(() => wanted.latest() - 1, -1),
      first: () => walkTo(() => 0, 1),
      last: () => walkTo(() => items.length - 1, -1),
      leave: () => void navigate(back),
      open: (image) => {
        const next = found.current;
        found.current = null;
        if (next?.image === image) go(next);
        else images.open(image);
      },
      findNext,
      nextAhead,
      end: () => void toast({ message: "That was the last one of the gallery." }),
    };
    const at = (by: number): string | null => (shown + by >= 0 && shown + by < items.length ? "here" : null);
    const place = { previous: at(-1), next: at(1), position: shown + 1, total: items.length };
    return { walk, place: columns ? place : undefined };
  }, [
    gallery,
    isOn,
    isError,
    columns,
    images,
    key,
    meant,
    shown,
    items,
    walkTo,
    wanted,
    navigate,
    go,
    findNext,
    nextAhead,
  ]);
}
