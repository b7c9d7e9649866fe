import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { $api, api, unwrap } from "./client";
import { invalidate, keys } from "./keys";
import { byPage, useList } from "./paging";

/** Where the person was mentioned and has not looked yet, the newest first. */
export const useMentions = () => useList($api.useInfiniteQuery("get", "/api/mentions/", {}, byPage));

export function useMentionCount(): number {
  return $api.useQuery("get", "/api/mentions/count/").data?.count ?? 0;
}

/** Says that the person has seen where an image mentions them. */
export function useReadMentions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (image: string) =>
      unwrap(api.POST("/api/images/{image_id}/mentions/read/", { params: { path: { image_id: image } } })),
    onSuccess: ({ read }) => {
      if (read > 0) void invalidate(client, keys.mentions);
    },
  });
}

/** An image that is open has been seen; nothing is asked of the server where nothing is unread. */
export function useSeeMentions(image: string, enabled = true): void {
  const count = useMentionCount();
  const { mutate } = useReadMentions();
  useEffect(() => {
    if (enabled && count > 0) mutate(image);
  }, [enabled, image, count, mutate]);
}
