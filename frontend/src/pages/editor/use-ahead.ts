import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { subscribeToEvents } from "@/api/events";
import { bitmaps, type Picture } from "./images";
import { annotationQuery, type Filters, imageQuery, neighboursQuery, noteChanged } from "./queries";
import { savers } from "./sync/savers";

type Options = {
  slug: string;
  imageId: string;
  next: string | null;
  previous: string | null;
  /** The image that "Done, next" opens. */
  findNext: () => Promise<string | null>;
  filters: Filters;
};

/** Behind what the person waits for now. */
const FIRST_MS = 150;
/** After something changed, when its cached answers are known to be old. */
const AGAIN_MS = 1000;
/** Events tell what changes; a person may stay at one image for long. */
export const FRESH_MS = 5 * 60_000;

/** Fetches the images that will probably be opened next, so that each is on the screen at once. */
export function useAhead({ slug, imageId, next, previous, findNext, filters }: Options): void {
  const client = useQueryClient();
  useEffect(() => {
    let isHere = true;
    let ids: readonly string[] = [];
    const fetchAhead = async (): Promise<void> => {
      const done = await findNext().catch(() => null);
      ids = [...new Set([next, done, previous].filter((id) => id !== null))];
      const pictures = await Promise.all(ids.map((id) => fetchImage(client, id, filters)));
      if (isHere) await bitmaps.prepare(pictures.filter((picture) => picture !== null));
    };
    const schedule = (ms: number): ReturnType<typeof setTimeout> => setTimeout(() => void fetchAhead(), ms);
    let timer = schedule(FIRST_MS);
    const again = (): void => {
      clearTimeout(timer);
      timer = schedule(AGAIN_MS);
    };
    const unsaved = (): readonly string[] => savers.waiting(imageId).map(({ image }) => image);
    let waited = unsaved();
    const stops = [
      savers.on("change", () => {
        const waits = unsaved();
        if (waited.some((id) => !waits.includes(id))) again();
        waited = waits;
      }),
      subscribeToEvents((event) => {
        if (event.kind === "images.changed") noteChanged(client, slug, null);
        else if (event.kind === "image.changed" && ids.includes(event.id))
          noteChanged(client, slug, event.id);
        else return;
        again();
      }),
    ];
    return () => {
      isHere = false;
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    };
  }, [client, slug, imageId, next, previous, findNext, filters]);
}

/** What opening an image asks for, into the cache; null where it cannot be had. */
async function fetchImage(client: QueryClient, id: string, filters: Filters): Promise<Picture | null> {
  // What is not saved yet of an image is newer than anything the server has of it.
  const isUnsaved = savers.waiting("").some(({ image }) => image === id);
  if (!isUnsaved) void client.query(annotationQuery(id)).catch(() => undefined);
  void client.query({ ...neighboursQuery(id, filters), staleTime: FRESH_MS }).catch(() => undefined);
  // Opening it will say what is wrong.
  return client.query({ ...imageQuery(id), staleTime: FRESH_MS }).catch(() => null);
}
