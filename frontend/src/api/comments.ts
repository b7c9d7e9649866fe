import { useChange } from "./change";
import { $api, api } from "./client";
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
export const useComments = (image: string, enabled = true) =>
  $api.useQuery(
    "get",
    "/api/images/{image_id}/comments/",
    { params: { path: { image_id: image } } },
    { enabled },
  );

// What changes with a comment: the image, which counts them, and with it the comments themselves.

export const useAddComment = (image: string) =>
  useChange(
    (body: CommentPlace & { text: string }) =>
      api.POST("/api/images/{image_id}/comments/", { params: { path: { image_id: image } }, body }),
    [keys.image(image)],
  );

/** Other words (its author), or resolved and open again (any member). */
export const useChangeComment = (image: string) =>
  useChange(
    ({ id, ...body }: { id: number; text?: string; resolved?: boolean }) =>
      api.PATCH("/api/comments/{comment_id}/", { params: { path: { comment_id: id } }, body }),
    [keys.image(image)],
  );

export const useDeleteComment = (image: string) =>
  useChange(
    (id: number) => api.DELETE("/api/comments/{comment_id}/", { params: { path: { comment_id: id } } }),
    [keys.image(image)],
  );
