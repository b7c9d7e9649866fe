import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { keys } from "./keys";

/** The server keeps no longer ones. */
export const COMMENT_LENGTH = 2000;

/** What a new comment is about: a place in image pixels, an object, or (all null) the whole image. */
export type CommentPlace = {
  readonly x: number | null;
  readonly y: number | null;
  readonly instance_id: string | null;
};

/** All comments on an image, the oldest first. Events about the image make them stale. */
export function useComments(image: string, enabled = true) {
  return useQuery({
    enabled,
    queryKey: keys.comments(image),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/images/{image_id}/comments/", { params: { path: { image_id: image } }, signal })),
  });
}

function useCommentChange<V, R>(image: string, change: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    // The image, which counts them, and with it the comments themselves.
    onSettled: () => client.invalidateQueries({ queryKey: keys.image(image) }),
  });
}

export function useAddComment(image: string) {
  return useCommentChange(image, (body: CommentPlace & { text: string }) =>
    unwrap(api.POST("/api/images/{image_id}/comments/", { params: { path: { image_id: image } }, body })),
  );
}

/** Other words (its author), or resolved and open again (any member). */
export function useChangeComment(image: string) {
  return useCommentChange(image, ({ id, ...body }: { id: number; text?: string; resolved?: boolean }) =>
    unwrap(api.PATCH("/api/comments/{comment_id}/", { params: { path: { comment_id: id } }, body })),
  );
}

export function useDeleteComment(image: string) {
  return useCommentChange(image, (id: number) =>
    unwrap(api.DELETE("/api/comments/{comment_id}/", { params: { path: { comment_id: id } } })),
  );
}
