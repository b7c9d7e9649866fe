import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useChange } from "@/api/change";
import { $api, api, unwrap } from "@/api/client";
import { isActive } from "@/api/jobs";
import { at, keys } from "@/api/keys";
import type { ModelItem, PredictOption, ServedModel } from "@/api/types";
import { cursorOf } from "@/api/paging";
import { withServed } from "./modelList";

/** Pages of 200: as many models as a list of choices can stand. */
const MOST_PAGES = 25;

/** Every model that I can predict with: the search of the choice looks through all of them. */
async function readModels(): Promise<ModelItem[]> {
  const models: ModelItem[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { page_size: 200, ...(cursor ? { cursor } : {}) };
    const answer = await unwrap(api.GET("/api/models/", { params: { query } }));
    models.push(...answer.results);
    cursor = cursorOf(answer.next);
    if (!cursor) break;
  }
  return models;
}

async function readServed(): Promise<ServedModel[]> {
  const served: ServedModel[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await unwrap(api.GET("/api/served/", { params: { query: cursor ? { cursor } : {} } }));
    served.push(...answer.results);
    cursor = cursorOf(answer.next);
    if (!cursor) break;
  }
  return served;
}

/** Models, and the names that some of them are served by. */
export function useModels() {
  const models = useQuery({
    queryKey: at("/api/models/"),
    queryFn: readModels,
    staleTime: 30_000,
    refetchInterval: ({ state }) =>
      (state.data ?? []).some((model) => model.state !== "missing" && isActive(model.state)) && 3_000,
  });
  const served = useQuery({ queryKey: at("/api/served/"), queryFn: readServed, staleTime: 30_000 });
  const data = useMemo(
    () => models.data && withServed(models.data, served.data ?? []),
    [models.data, served.data],
  );
  return { ...models, data };
}

export const usePredictOptions = () => {
  const query = $api.useQuery("get", "/api/predictions/options/", {}, { staleTime: Infinity });
  return { ...query, data: query.data as PredictOption[] | undefined };
};

/** Folders, archives and videos on the server that may be predicted on. */
export const usePredictFolder = (path: string) =>
  $api.useQuery(
    "get",
    "/api/predictions/server-folders/",
    { params: { query: path ? { path } : {} } },
    { placeholderData: (previous) => previous },
  );

/** Asks a worker to fetch pretrained weights. */
export const useFetchPretrained = () =>
  useChange(
    (name: string) => api.POST("/api/weights/pretrained/", { body: { name } }),
    [keys.weights, keys.jobs],
  );
