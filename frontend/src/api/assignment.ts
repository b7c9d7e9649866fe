import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { keys } from "./keys";
import { ApiProblem } from "./problem";

/** Gives one image to a member, or (null) to nobody. An ApiProblem with the reason where that may not be. */
export function useAssignImage(slug: string, image: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (assignee: number | null) => {
      const { skipped } = await unwrap(
        api.POST("/api/datasets/{slug}/images/bulk/", {
          params: { path: { slug } },
          body: { ids: [image], action: "set_assignee", assignee },
        }),
      );
      if (skipped[0]) throw new ApiProblem(skipped[0].reason, 409, "skipped");
    },
    onSettled: () =>
      Promise.all(
        [keys.image(image), keys.imagesOf(slug), keys.myWork].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
}
