import { useQuery } from "@tanstack/react-query";
import { useChange } from "@/api/change";
import { api, unwrap } from "@/api/client";
import { isActive } from "@/api/jobs";
import { keys } from "@/api/keys";
import type { ServerFolder } from "@/api/types";
import type { ModelItem, PredictOption, WeightsItem } from "./contract";

/** Addresses that the generated schema has not got yet. */
const get = <T>(path: string, query: Record<string, string> = {}) =>
  unwrap(
    (api.GET as unknown as (path: string, init: object) => Promise<{ data?: T }>)(path, {
      params: { query },
    }),
  );

export const MODELS_KEY = ["get", "/api/models/"] as const;

/** Pages of 200: as many models as a list of choices can stand. */
const MOST_PAGES = 25;
type ModelPage = { next: string | null; results: ModelItem[] };

/** Every model that I can predict with: the search of the choice looks through all of them. */
async function readModels(): Promise<ModelItem[]> {
  const models: ModelItem[] = [];
  let cursor: string | null = "";
  for (let page = 0; page < MOST_PAGES && cursor !== null; page += 1) {
    const query: Record<string, string> = { page_size: "200", ...(cursor ? { cursor } : {}) };
    const { next, results }: ModelPage = await get<ModelPage>("/api/models/", query);
    models.push(...results);
    cursor = next && new URL(next, location.origin).searchParams.get("cursor");
  }
  return models;
}

export const useModels = () =>
  useQuery({
    queryKey: MODELS_KEY,
    queryFn: readModels,
    staleTime: 30_000,
    refetchInterval: ({ state }) =>
      (state.data ?? []).some((model) => model.state !== "missing" && isActive(model.state)) && 3_000,
  });

export const usePredictOptions = () =>
  useQuery({
    queryKey: ["get", "/api/predictions/options/"],
    queryFn: () => get<PredictOption[]>("/api/predictions/options/"),
    staleTime: Infinity,
  });

/** Folders, archives and videos on the server that may be predicted on. */
export const usePredictFolder = (path: string) =>
  useQuery({
    queryKey: ["get", "/api/predictions/server-folders/", path],
    queryFn: () => get<ServerFolder>("/api/predictions/server-folders/", path ? { path } : {}),
    placeholderData: (previous: ServerFolder | undefined) => previous,
  });

const post = <T>(path: string, init: object) =>
  (api.POST as unknown as (path: string, init: object) => Promise<{ data?: T }>)(path, init);

/** Asks a worker to fetch pretrained weights. */
export const useFetchPretrained = () =>
  useChange(
    (name: string) => post<WeightsItem>("/api/weights/pretrained/", { body: { name } }),
    [[MODELS_KEY], keys.jobs],
  );
