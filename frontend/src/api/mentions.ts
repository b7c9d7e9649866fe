import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "./client";
import { keys } from "./keys";
import { useList } from "./paging";

/** Where the person was mentioned and has not looked yet, the newest first. */
export function useMentions() {
  return useList(keys.mentionList, (cursor, signal) =>
    unwrap(api.GET("/api/mentions/", { params: { query: cursor ? { cursor } : {} }, signal })),
  );
}

export function useMentionCount(): number {
  const { data } = useQuery({
    queryKey: keys.mentionCount,
    queryFn: () => unwrap(api.GET("/api/mentions/count/")),
  });
  return data?.count ?? 0;
}

/** Says that the person has seen where an image mentions them. */
export function useReadMentions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (image: string) =>
      unwrap(api.POST("/api/images/{image_id}/mentions/read/", { params: { path: { image_id: image } } })),
    onSuccess: ({ read }) => {
      if (read > 0) void client.invalidateQueries({ queryKey: keys.mentions });
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
