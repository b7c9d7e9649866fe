import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { $api } from "./client";
import { at, invalidate, keys } from "./keys";

it("names an address as the library does", () => {
  const query = $api.queryOptions("get", "/api/runs/{run_id}/", { params: { path: { run_id: 3 } } });
  expect(at("/api/runs/{run_id}/", { run_id: 3 })).toEqual(query.queryKey);
  expect(at("/api/jobs/")).toEqual($api.queryOptions("get", "/api/jobs/").queryKey);
});

it("reaches an address with any query, and no other dataset, image or address below", async () => {
  const client = new QueryClient();
  const images = (slug: string) =>
    $api.queryOptions("get", "/api/datasets/{slug}/images/", {
      params: { path: { slug }, query: { status: "done", page_size: 100 } },
    }).queryKey;
  const dataset = $api.queryOptions("get", "/api/datasets/{slug}/", { params: { path: { slug: "a" } } });
  for (const key of [images("a"), images("b"), dataset.queryKey]) client.setQueryData(key, {});
  const isStale = (key: readonly unknown[]) => client.getQueryState(key)?.isInvalidated;
  await invalidate(client, keys.imagesOf("a"));
  expect([images("a"), images("b"), dataset.queryKey].map(isStale)).toEqual([true, false, false]);
  await invalidate(client, keys.imagesOf());
  expect([images("b"), dataset.queryKey].map(isStale)).toEqual([true, false]);
});
