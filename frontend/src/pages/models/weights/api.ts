import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useChange } from "@/api/change";
import { $api, api } from "@/api/client";
import { isActive } from "@/api/jobs";
import { invalidate, keys } from "@/api/keys";
import { byPage, useList } from "@/api/paging";
import type { WeightsItem } from "@/api/types";
import { postForm } from "@/uploads/transfer";

/** Weights that no run left: uploaded, or in the folder of weights. */
export const useWeights = () =>
  useList(
    $api.useInfiniteQuery(
      "get",
      "/api/weights/",
      {},
      {
        ...byPage,
        refetchInterval: ({ state }) =>
          (state.data?.pages ?? []).some(({ results }) => results.some((each) => isActive(each.state))) &&
          2_000,
      },
    ),
  );

export const useDeleteWeights = () =>
  useChange(
    (weights_id: number) => api.DELETE("/api/weights/{weights_id}/", { params: { path: { weights_id } } }),
    [keys.weights, keys.jobs],
  );

type WeightsUpload = { file: File; dataset: string; name: string };

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
      void invalidate(client, keys.weights, keys.jobs);
    }
  };
  return { sent, upload };
}
