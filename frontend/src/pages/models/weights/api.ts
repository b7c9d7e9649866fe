import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useChange } from "@/api/change";
import { api, unwrap } from "@/api/client";
import { isActive } from "@/api/jobs";
import { invalidate, keys } from "@/api/keys";
import { byPage, useList } from "@/api/paging";
import type { Page } from "@/api/types";
import { MODELS_KEY } from "@/pages/predict/new/api";
import type { WeightsItem } from "@/pages/predict/new/contract";
import { postForm } from "@/uploads/transfer";

const WEIGHTS_KEY = ["get", "/api/weights/"] as const;
const TOUCHED = [[WEIGHTS_KEY, MODELS_KEY], keys.jobs] as const;

const call = (method: "GET" | "DELETE" | "POST") =>
  api[method] as unknown as <T>(path: string, init: object) => Promise<{ data?: T }>;

/** Weights that no run left: uploaded, or in the folder of weights. */
export const useWeights = () =>
  useList(
    useInfiniteQuery<
      Page<WeightsItem>,
      Error,
      { pages: Page<WeightsItem>[]; pageParams: unknown[] },
      typeof WEIGHTS_KEY,
      unknown
    >({
      queryKey: WEIGHTS_KEY,
      queryFn: ({ pageParam }) =>
        unwrap(
          call("GET")<Page<WeightsItem>>("/api/weights/", {
            params: { query: pageParam ? { cursor: pageParam } : {} },
          }),
        ) as Promise<Page<WeightsItem>>,
      ...byPage,
      refetchInterval: ({ state }) =>
        (state.data?.pages ?? []).some(({ results }) => results.some((each) => isActive(each.state))) &&
        2_000,
    }),
  );

export const useDeleteWeights = () =>
  useChange((id: number) => call("DELETE")(`/api/weights/${id}/`, {}), TOUCHED);

export type WeightsUpload = { file: File; dataset: string; name: string };

/** Uploads a .pt; `sent` bytes have left while it goes, null while nothing does. */
export function useUploadWeights() {
  const client = useQueryClient();
  const [sent, setSent] = useState<number | null>(null);
  const upload = async (
    { file, dataset, name }: WeightsUpload,
    signal: AbortSignal,
  ): Promise<WeightsItem> => {
    const form = new FormData();
    form.append("file", file, file.name);
    if (dataset) form.append("dataset", dataset);
    if (name) form.append("name", name);
    setSent(0);
    try {
      return await postForm<WeightsItem>("/api/weights/", form, setSent, signal);
    } finally {
      setSent(null);
      void invalidate(client, ...TOUCHED);
    }
  };
  return { sent, upload };
}
