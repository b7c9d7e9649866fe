/**
 * What a saver saves has a name: an image's annotation that of the image, a second annotation one of its own, so that
 * journals, histories and savers of the two never meet.
 */
const PREFIX = "blind:";

/** The name of a second annotation. */
export function blindKey(id: number): string {
  return `${PREFIX}${id}`;
}

/** The id of the second annotation that has this name; null where it is an image's. */
export function blindIdOf(key: string): number | null {
  return key.startsWith(PREFIX) ? Number(key.slice(PREFIX.length)) : null;
}

/** Where it is saved to. */
export function annotationAddress(key: string): string {
  const id = blindIdOf(key);
  return id === null ? `/api/images/${key}/annotation/` : `/api/independent/${id}/annotation/`;
}

/** Where the editor shows it. */
export function editorAddress(slug: string, key: string): string {
  const id = blindIdOf(key);
  return id === null ? `/datasets/${slug}/edit/${key}` : `/datasets/${slug}/second/${id}`;
}
