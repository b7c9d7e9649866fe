import { api, unwrap } from "@/api/client";
import type { Revision } from "@/api/types";
import { blindIdOf } from "./places";

/** Who made a version, in words. */
export type Author = {
  /** "Ana saved this image" */
  readonly did: string;
  /** "Ana's version" */
  readonly version: string;
};

const SOMEBODY: Author = { did: "Somebody else saved this image", version: "their version" };

const OTHER_WINDOW: Author = {
  did: "You saved this image in another window",
  version: "the version of your other window",
};

/** A name is worth waiting for only so long. */
const PATIENCE_MS = 2000;

export function authorOf({ author, source }: Pick<Revision, "author" | "source">, user: number): Author {
  if (source === "disk") return { did: "The label file of this image was edited", version: "the label file" };
  if (source === "import") return { did: "An import changed this image", version: "the import" };
  if (source === "model") return { did: "A model labelled this image", version: "the model's version" };
  if (author === null) return SOMEBODY;
  if (author.id === user) return OTHER_WINDOW;
  const name = author.display_name || author.username;
  return { did: `${name} saved this image`, version: `${name}’s version` };
}

/** Who made the newest revision of an image. Never throws: somebody did, when the server does not say who. */
export async function findAuthor(user: number, image: string): Promise<Author> {
  // Nobody else may save a second annotation.
  if (blindIdOf(image) !== null) return OTHER_WINDOW;
  try {
    const { results } = await unwrap(
      api.GET("/api/images/{image_id}/revisions/", {
        params: { path: { image_id: image }, query: { page_size: 1 } },
        signal: AbortSignal.timeout(PATIENCE_MS),
      }),
    );
    return results[0] ? authorOf(results[0], user) : SOMEBODY;
  } catch {
    return SOMEBODY;
  }
}
