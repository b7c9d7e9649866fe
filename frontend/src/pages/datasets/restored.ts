import type { Dataset } from "@/api/types";

/** Says that a dataset is back, and where, if its old address had been taken meanwhile. */
export function restoredWords({ name, slug }: Pick<Dataset, "name" | "slug">, formerSlug: string): string {
  const moved = slug === formerSlug ? "" : ` Its address is “${slug}” now, as “${formerSlug}” was taken.`;
  return `“${name}” is back.${moved}`;
}
