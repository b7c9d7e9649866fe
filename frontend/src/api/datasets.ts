import { queryOptions, useQuery } from "@tanstack/react-query";
import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";
import { byPage, useList } from "./paging";
import type { Role } from "./types";

export const useDatasets = (search = "") =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/datasets/",
      { params: { query: { search: search || undefined, page_size: 24 } } },
      byPage,
    ),
  );

export const datasetQuery = (slug: string) =>
  queryOptions($api.queryOptions("get", "/api/datasets/{slug}/", { params: { path: { slug } } }));

export const useDataset = (slug: string | undefined) =>
  useQuery({ ...datasetQuery(slug ?? ""), enabled: Boolean(slug) });

type NewDataset = { name: string; description?: string; classes?: { name: string; color?: string }[] };

export const useCreateDataset = () =>
  useChange((body: NewDataset) => api.POST("/api/datasets/", { body }), [keys.datasets]);

export const useCreateSample = () =>
  useChange(
    (images: number) => api.POST("/api/datasets/sample/", { body: { images } }),
    [keys.datasets, keys.jobs],
  );

type DatasetSettings = {
  name?: string;
  description?: string;
  evaluate_new_versions?: boolean;
  ground_truth_percent?: number;
};

export const useUpdateDataset = (slug: string) =>
  useChange(
    (body: DatasetSettings) => api.PATCH("/api/datasets/{slug}/", { params: { path: { slug } }, body }),
    [keys.dataset(slug), keys.datasets],
  );

export const useDeleteDataset = (slug: string) =>
  useChange(
    () => api.DELETE("/api/datasets/{slug}/", { params: { path: { slug } } }),
    [keys.datasets, keys.runs, keys.trashedDatasets, keys.myWork],
  );

export const useAddClass = (slug: string) =>
  useChange(
    (body: { name: string; color?: string }) =>
      api.POST("/api/datasets/{slug}/classes/", { params: { path: { slug } }, body }),
    [keys.dataset(slug), keys.datasets, keys.imagesOf(slug)],
  );

export const useUpdateClass = (slug: string) =>
  useChange(
    ({ id, ...body }: { id: number; name?: string; color?: string; is_retired?: boolean }) =>
      api.PATCH("/api/datasets/{slug}/classes/{class_id}/", {
        params: { path: { slug, class_id: id } },
        body,
      }),
    [keys.dataset(slug), keys.datasets, keys.imagesOf(slug)],
  );

export const useDeleteClass = (slug: string) =>
  useChange(
    (id: number) =>
      api.DELETE("/api/datasets/{slug}/classes/{class_id}/", { params: { path: { slug, class_id: id } } }),
    [keys.dataset(slug), keys.datasets],
  );

export const useMembers = (slug: string) =>
  $api.useQuery("get", "/api/datasets/{slug}/members/", { params: { path: { slug } } });

export const useUsers = (search: string) =>
  $api.useQuery(
    "get",
    "/api/users/",
    { params: { query: { search } } },
    { placeholderData: (previous) => previous },
  );

export const useAddMember = (slug: string) =>
  useChange(
    (body: { username: string; role: Role }) =>
      api.POST("/api/datasets/{slug}/members/", { params: { path: { slug } }, body }),
    [keys.members(slug), keys.datasets],
  );

export const useUpdateMember = (slug: string) =>
  useChange(
    ({ id, role }: { id: number; role: Role }) =>
      api.PATCH("/api/datasets/{slug}/members/{member_id}/", {
        params: { path: { slug, member_id: id } },
        body: { role },
      }),
    [keys.dataset(slug)],
  );

export const useRemoveMember = (slug: string) =>
  useChange(
    (id: number) =>
      api.DELETE("/api/datasets/{slug}/members/{member_id}/", { params: { path: { slug, member_id: id } } }),
    [keys.dataset(slug), keys.datasets],
  );

/** What a dataset holds; its `objects` of one class, where one is chosen (0: of all). */
export const useInsights = (slug: string, classId: number) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/insights/",
    { params: { path: { slug }, query: { class: classId || undefined } } },
    { placeholderData: (previous) => previous },
  );

/** Days ("2026-11-25"), both included; "" for without end. */
export type Period = { since: string; until: string };

/** Who did what; an annotator is answered their own figures only. */
export const usePeople = (slug: string, { since, until }: Period) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/people/",
    { params: { path: { slug }, query: { since: since || undefined, until: until || undefined } } },
    { placeholderData: (previous) => previous },
  );
