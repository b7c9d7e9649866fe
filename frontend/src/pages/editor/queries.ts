import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { ImageDetail, ImageListItem, Split, Status } from "@/api/types";
import { keys } from "@/api/keys";
import { readParams, writeParams } from "@/lib/urlState";
import { FILTERS_ADDRESS } from "@/pages/dataset/imagesAddress";
import { loadBitmap } from "./images";

/** The filters of the images page, which the editor's address carries along. */
export type Filters = {
  split?: Split;
  status?: Status;
  class?: number;
  search?: string;
  assignee?: string;
  has_comment?: true;
};

/** What is not a filter the server knows is left out, as on the images page. */
export function filtersFrom(search: URLSearchParams): Filters {
  const filters = readParams(FILTERS_ADDRESS, search);
  const { split, status, class: classId, search: text, assignee } = filters;
  return {
    ...(split === "all" ? {} : { split }),
    ...(status === "all" ? {} : { status }),
    ...(classId === 0 ? {} : { class: classId }),
    ...(text === "" ? {} : { search: text }),
    ...(assignee === "all" ? {} : { assignee }),
    ...(filters.has_comment ? { has_comment: true } : {}),
  };
}

/** The filters as an address carries them. */
export function queryOf(filters: Filters): string {
  return writeParams(FILTERS_ADDRESS, new URLSearchParams(), filters).toString();
}

export const datasetQuery = (slug: string) =>
  queryOptions({
    queryKey: keys.dataset(slug),
    queryFn: () => unwrap(api.GET("/api/datasets/{slug}/", { params: { path: { slug } } })),
  });

export const imageQuery = (id: string) =>
  queryOptions({
    queryKey: keys.image(id),
    queryFn: () => unwrap(api.GET("/api/images/{image_id}/", { params: { path: { image_id: id } } })),
  });

/** Fetched ahead for the next image; older than this it is asked for again. */
const ANNOTATION_FRESH_MS = 20_000;

export const annotationQuery = (id: string) =>
  queryOptions({
    queryKey: ["annotation", id],
    queryFn: () =>
      unwrap(api.GET("/api/images/{image_id}/annotation/", { params: { path: { image_id: id } } })),
    staleTime: ANNOTATION_FRESH_MS,
    gcTime: ANNOTATION_FRESH_MS,
  });

export const neighboursQuery = (id: string, filters: Filters) =>
  queryOptions({
    queryKey: ["neighbours", id, filters],
    queryFn: () =>
      unwrap(
        api.GET("/api/images/{image_id}/neighbours/", { params: { path: { image_id: id }, query: filters } }),
      ),
  });

/** The image that "Done, next" opens: the next that is not done; under a filter the next that matches it. */
export async function fetchNextToDo(slug: string, after: string): Promise<ImageDetail | null> {
  const next = await unwrap(
    api.GET("/api/datasets/{slug}/images/next/", { params: { path: { slug }, query: { after } } }),
  );
  return next ?? null;
}

export const nextToDoQuery = (slug: string, after: string) =>
  queryOptions({
    queryKey: ["next-image", slug, after],
    queryFn: () => fetchNextToDo(slug, after),
  });

export const STRIP_PAGE = 40;

export function fetchStrip(
  id: string,
  before: number,
  after: number,
  filters: Filters,
): Promise<ImageListItem[]> {
  return unwrap(
    api.GET("/api/images/{image_id}/strip/", {
      params: { path: { image_id: id }, query: { before, after, ...filters } },
    }),
  );
}

export const stripKey = (slug: string, filters: Filters) => ["strip", slug, filters] as const;

/** Details, file and decoded pixels of an image that will probably be opened next. */
export async function prefetchImage(client: QueryClient, id: string | null): Promise<void> {
  if (!id) return;
  try {
    void client.prefetchQuery(annotationQuery(id));
    const image = await client.fetchQuery(imageQuery(id));
    await loadBitmap(image.url);
  } catch {
    // Opening it will say what is wrong.
  }
}

type StripPages = { pages: ImageListItem[][]; pageParams: unknown[] };

/** Shows a saved status in lists that are already loaded, without asking for them again. */
export function noteSaved(
  client: QueryClient,
  slug: string,
  id: string,
  status: Status,
  instanceCount: number,
): void {
  const update = (item: ImageListItem): ImageListItem =>
    item.id === id ? { ...item, status, instance_count: instanceCount } : item;
  client.setQueriesData<StripPages>({ queryKey: ["strip", slug] }, (data) =>
    data ? { ...data, pages: data.pages.map((page) => page.map(update)) } : data,
  );
  client.setQueryData(imageQuery(id).queryKey, (data) =>
    data ? { ...data, status, instance_count: instanceCount } : data,
  );
  void client.invalidateQueries({ queryKey: ["next-image", slug] });
}
