import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { keys } from "./keys";
import { useList } from "./paging";
import type { Role } from "./types";

export function useDatasets(search = "") {
  return useList(keys.datasetList(search), (cursor, signal) =>
    unwrap(
      api.GET("/api/datasets/", {
        params: { query: { search: search || undefined, cursor, page_size: 24 } },
        signal,
      }),
    ),
  );
}

export function useDataset(slug: string | undefined) {
  return useQuery({
    queryKey: keys.dataset(slug ?? ""),
    queryFn: () => unwrap(api.GET("/api/datasets/{slug}/", { params: { path: { slug: slug ?? "" } } })),
    enabled: Boolean(slug),
  });
}

/** Runs a change and then looks again at whatever it may have touched. */
function useChange<V, R>(change: (variables: V) => Promise<R>, stale: readonly (readonly unknown[])[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

export type NewDataset = { name: string; description?: string; classes?: { name: string; color?: string }[] };

export function useCreateDataset() {
  return useChange((body: NewDataset) => unwrap(api.POST("/api/datasets/", { body })), [keys.datasets]);
}

export function useCreateSample() {
  return useChange(
    (images: number) => unwrap(api.POST("/api/datasets/sample/", { body: { images } })),
    [keys.datasets, keys.jobs],
  );
}

export function useUpdateDataset(slug: string) {
  return useChange(
    (body: {
      name?: string;
      description?: string;
      evaluate_new_versions?: boolean;
      ground_truth_percent?: number;
    }) => unwrap(api.PATCH("/api/datasets/{slug}/", { params: { path: { slug } }, body })),
    [keys.dataset(slug), keys.datasets],
  );
}

export function useDeleteDataset(slug: string) {
  return useChange(
    () => unwrap(api.DELETE("/api/datasets/{slug}/", { params: { path: { slug } } })),
    [keys.datasets, keys.runs, keys.trashedDatasets, keys.myWork],
  );
}

export function useAddClass(slug: string) {
  return useChange(
    (body: { name: string; color?: string }) =>
      unwrap(api.POST("/api/datasets/{slug}/classes/", { params: { path: { slug } }, body })),
    [keys.dataset(slug), keys.datasets, keys.imagesOf(slug)],
  );
}

export function useUpdateClass(slug: string) {
  return useChange(
    ({ id, ...body }: { id: number; name?: string; color?: string; is_retired?: boolean }) =>
      unwrap(
        api.PATCH("/api/datasets/{slug}/classes/{class_id}/", {
          params: { path: { slug, class_id: id } },
          body,
        }),
      ),
    [keys.dataset(slug), keys.datasets, keys.imagesOf(slug)],
  );
}

export function useDeleteClass(slug: string) {
  return useChange(
    (id: number) =>
      unwrap(
        api.DELETE("/api/datasets/{slug}/classes/{class_id}/", { params: { path: { slug, class_id: id } } }),
      ),
    [keys.dataset(slug), keys.datasets],
  );
}

export function useMembers(slug: string) {
  return useQuery({
    queryKey: keys.members(slug),
    queryFn: () => unwrap(api.GET("/api/datasets/{slug}/members/", { params: { path: { slug } } })),
  });
}

export function useUsers(search: string) {
  return useQuery({
    queryKey: keys.users(search),
    queryFn: ({ signal }) => unwrap(api.GET("/api/users/", { params: { query: { search } }, signal })),
    placeholderData: (previous) => previous,
  });
}

export function useAddMember(slug: string) {
  return useChange(
    (body: { username: string; role: Role }) =>
      unwrap(api.POST("/api/datasets/{slug}/members/", { params: { path: { slug } }, body })),
    [keys.members(slug), keys.datasets],
  );
}

export function useUpdateMember(slug: string) {
  return useChange(
    ({ id, role }: { id: number; role: Role }) =>
      unwrap(
        api.PATCH("/api/datasets/{slug}/members/{member_id}/", {
          params: { path: { slug, member_id: id } },
          body: { role },
        }),
      ),
    [keys.dataset(slug)],
  );
}

export function useRemoveMember(slug: string) {
  return useChange(
    (id: number) =>
      unwrap(
        api.DELETE("/api/datasets/{slug}/members/{member_id}/", {
          params: { path: { slug, member_id: id } },
        }),
      ),
    [keys.dataset(slug), keys.datasets],
  );
}

export function useInsights(slug: string) {
  return useQuery({
    queryKey: keys.insights(slug),
    queryFn: () => unwrap(api.GET("/api/datasets/{slug}/insights/", { params: { path: { slug } } })),
  });
}

/** Who did what; an annotator is answered their own figures only. */
/** Days ("2026-11-25"), both included; "" for without end. */
export type Period = { since: string; until: string };

export function usePeople(slug: string, { since, until }: Period) {
  return useQuery({
    queryKey: keys.peopleIn(slug, { since, until }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/datasets/{slug}/people/", {
          params: { path: { slug }, query: { since: since || undefined, until: until || undefined } },
          signal,
        }),
      ),
    placeholderData: (previous) => previous,
  });
}

export { useChange };
