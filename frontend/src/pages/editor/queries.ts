import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { $api, api, unwrap } from "@/api/client";
import { fetchNext, type Purpose } from "@/api/review";
import type { Annotation, ImageDetail, ImageListItem, Status } from "@/api/types";
import { imageQuery as imagesQuery, type Ordering } from "@/api/images";
import { readParams, writeParams } from "@/lib/urlState";
import { heldAhead } from "./presence/held-ahead";
import { IMAGES_ADDRESS } from "@/pages/dataset/imagesAddress";
import { blindIdOf } from "./sync/places";

type Query = ReturnType<typeof imagesQuery>;
/** The filters of the images page, which the editor's address carries along; those that are not set are left out. */
export type Filters = { [Name in keyof Query]?: NonNullable<Query[Name]> } & { ordering?: Ordering };

/** What is not a filter the server knows is left out, as on the images page. */
export function filtersFrom(search: URLSearchParams): Filters {
  const address = readParams(IMAGES_ADDRESS, search);
  const ordering = address.ordering === "stem" ? undefined : address.ordering;
  const query = { ...imagesQuery(address), ordering };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

/** What else stands in an address of the editor, with its question mark. */
export function withoutFilters(search: URLSearchParams): string {
  const left = new URLSearchParams(search);
  for (const name of Object.keys(IMAGES_ADDRESS)) left.delete(name);
  return left.size > 0 ? `?${left.toString()}` : "";
}

/** The filters as an address carries them. */
export function queryOf(filters: Filters): string {
  return writeParams(IMAGES_ADDRESS, new URLSearchParams(), filters).toString();
}

export const imageQuery = (id: string) =>
  queryOptions($api.queryOptions("get", "/api/images/{image_id}/", { params: { path: { image_id: id } } }));

/**
 * Fetched ahead for the images around; a change by somebody else is told by an event, and should that get lost, the
 * server notices when a save is based on an old revision.
 */
const ANNOTATION_FRESH_MS = 30 * 60_000;

/** `key`: of the image, or of its second annotation. */
export const annotationQuery = (key: string) =>
  queryOptions({
    queryKey: ["annotation", key],
    queryFn: () => fetchAnnotation(key),
    staleTime: ANNOTATION_FRESH_MS,
    gcTime: ANNOTATION_FRESH_MS,
  });

async function fetchAnnotation(key: string): Promise<Annotation> {
  const id = blindIdOf(key);
  if (id === null)
    return unwrap(api.GET("/api/images/{image_id}/annotation/", { params: { path: { image_id: key } } }));
  const path = { independent_id: id };
  const annotation = await unwrap(
    api.GET("/api/independent/{independent_id}/annotation/", { params: { path } }),
  );
  return { ...annotation, image: key };
}

export const neighboursQuery = (id: string, filters: Filters) =>
  queryOptions(
    $api.queryOptions("get", "/api/images/{image_id}/neighbours/", {
      params: { path: { image_id: id }, query: filters },
    }),
  );

/** The image that "Done, next" or "Accept, next" opens: the next not done, or not reviewed. It is held for this person. */
export const nextToDoQuery = (slug: string, after: string, purpose: Purpose) =>
  queryOptions({
    queryKey: ["next-image", slug, after, purpose],
    queryFn: async () => {
      const next = await fetchNext(slug, purpose, after);
      heldAhead.hold(next?.id ?? null);
      return next;
    },
  });

/** What was handed out to this window is not its any more. */
export function forgetHandedOut(client: QueryClient): void {
  client.removeQueries({ queryKey: ["next-image"] });
}

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

/** The image at an end of the list; null when no image matches. */
export async function fetchEdge(
  slug: string,
  filters: Filters,
  edge: "first" | "last",
): Promise<string | null> {
  const forwards = filters.ordering ?? "stem";
  const backwards = forwards.startsWith("-") ? forwards.slice(1) : `-${forwards}`;
  const ordering = edge === "first" ? forwards : (backwards as Ordering);
  const page = await unwrap(
    api.GET("/api/datasets/{slug}/images/", {
      params: { path: { slug }, query: { ...filters, ordering, page_size: 1 } },
    }),
  );
  return page.results[0]?.id ?? null;
}

const FOUND_MOST = 12;

/** Images of the whole dataset by a part of their name, or by all of it: the server looks at what stands before ".jpg". */
export const foundQuery = (slug: string, name: string) => {
  const search = name.replace(/\.(jpe?g|png|webp|bmp|tiff?)$/i, "");
  return $api.queryOptions(
    "get",
    "/api/datasets/{slug}/images/",
    { params: { path: { slug }, query: { search: search || undefined, page_size: FOUND_MOST } } },
    { placeholderData: (previous) => previous },
  );
};

/** What was to come next may be done by now. `id`: of the image that changed, if only that and only to done. */
export function noteChanged(client: QueryClient, slug: string, id: string | null): void {
  void client.invalidateQueries({
    queryKey: ["next-image", slug],
    refetchType: "none",
    predicate: ({ state }) => id === null || (state.data as ImageDetail | null | undefined)?.id === id,
  });
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
  noteChanged(client, slug, status === "done" ? id : null);
}
