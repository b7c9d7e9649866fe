import type { ImageDetail, MyWork } from "@/api/types";

export type AssignedHere = { slug: string; name: string; count: number; images: ImageDetail[] };

/** What is assigned to me, by dataset; `images` may be fewer than `count`, as the answer has an end. */
export function groupAssigned({ assigned, sent_back: back, datasets }: MyWork): AssignedHere[] {
  return datasets
    .map(({ slug, name, assigned: count }) => ({
      slug,
      name,
      // What came back is shown apart.
      count: count - back.filter(({ dataset }) => dataset === slug).length,
      images: assigned.filter(({ dataset }) => dataset === slug),
    }))
    .filter(({ count }) => count > 0);
}

/** What I began; less what is assigned to me, which is shown with that. */
export function begunBesides({ in_progress: begun }: MyWork, myId: number | undefined): ImageDetail[] {
  return begun.filter(({ assignee }) => !assignee || assignee.id !== myId);
}

/** The image to go on with: what came back first, then the last I began that is nobody else's, then what is mine. */
export function findNextOfMine(
  { assigned, sent_back: back, in_progress: begun }: MyWork,
  myId: number | undefined,
): ImageDetail | undefined {
  return back[0] ?? begun.find(({ assignee }) => !assignee || assignee.id === myId) ?? assigned[0];
}
