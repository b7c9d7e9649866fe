import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";
import type { components } from "./schema";

export type Tag = components["schemas"]["Tag"];
export type SavedView = components["schemas"]["SavedView"];
export type SavedViewFields = components["schemas"]["SavedViewCreateRequest"];

export const useTags = (slug: string) =>
  $api.useQuery("get", "/api/datasets/{slug}/tags/", { params: { path: { slug } } });

export const useCreateTag = (slug: string) =>
  useChange(
    (body: { name: string; color?: string }) =>
      api.POST("/api/datasets/{slug}/tags/", { params: { path: { slug } }, body }),
    [keys.tags(slug)],
  );

export const useUpdateTag = (slug: string) =>
  useChange(
    ({ id, ...body }: { id: number; name?: string; color?: string }) =>
      api.PATCH("/api/datasets/{slug}/tags/{tag_id}/", { params: { path: { slug, tag_id: id } }, body }),
    [keys.tags(slug)],
  );

export const useDeleteTag = (slug: string) =>
  useChange(
    (id: number) =>
      api.DELETE("/api/datasets/{slug}/tags/{tag_id}/", { params: { path: { slug, tag_id: id } } }),
    [keys.tags(slug), keys.imagesOf(slug)],
  );

export const useSavedViews = (slug: string) =>
  $api.useQuery("get", "/api/datasets/{slug}/views/", { params: { path: { slug } } });

export const useCreateView = (slug: string) =>
  useChange(
    (body: SavedViewFields) => api.POST("/api/datasets/{slug}/views/", { params: { path: { slug } }, body }),
    [keys.views(slug)],
  );

export const useUpdateView = (slug: string) =>
  useChange(
    ({ id, ...body }: { id: number } & Partial<SavedViewFields>) =>
      api.PATCH("/api/datasets/{slug}/views/{view_id}/", { params: { path: { slug, view_id: id } }, body }),
    [keys.views(slug)],
  );

export const useDeleteView = (slug: string) =>
  useChange(
    (id: number) =>
      api.DELETE("/api/datasets/{slug}/views/{view_id}/", { params: { path: { slug, view_id: id } } }),
    [keys.views(slug)],
  );
