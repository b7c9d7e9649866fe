import type { ImageDetail, MyWork } from "@/api/types";

export type AssignedHere = { slug: string; name: string; count: number; images: ImageDetail[] };

/** What is assigned to me, by dataset; `images` may be fewer than `count`, as the answer has an end. */
export function groupAssigned({ assigned, datasets }: MyWork): AssignedHere[] {
  return datasets
    .filter(({ assigned: count }) => count > 0)
    .map(({ slug, name, assigned: count }) => ({
      slug,
      name,
      count,
      images: assigned.filter(({ dataset }) => dataset === slug),
    }));
}

/** What I began; less what is assigned to me, which is shown with that. */
export function begunBesides({ in_progress: begun }: MyWork, myId: number | undefined): ImageDetail[] {
  return begun.filter(({ assignee }) => !assignee || assignee.id !== myId);
}

/** The image to go on with: the last I began that is nobody else's, or the first that is assigned to me. */
export function findNextOfMine(
  { assigned, in_progress: begun }: MyWork,
  myId: number | undefined,
): ImageDetail | undefined {
  return begun.find(({ assignee }) => !assignee || assignee.id === myId) ?? assigned[0];
}
