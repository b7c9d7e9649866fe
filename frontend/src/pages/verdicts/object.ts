/** An object of an evaluated image, and where it is mended. Pure. */
import type { VerdictFilters } from "@/api/verdicts";
import type { ShapeOutcome, VerdictKind } from "@/api/types";

/** A label or a prediction by its place in its image's list, which is the same at every confidence. */
export type ObjectRef = {
  readonly evaluation: number;
  readonly key: string;
  readonly side: "label" | "prediction";
  readonly index: number;
};

/** The editor at an object, with the predictions of its image as ghosts; it walks through `gallery`, where one is named. */
export function editorAddress(
  dataset: string,
  image: string,
  object: Pick<ObjectRef, "evaluation" | "key"> & Partial<ObjectRef>,
  confidence?: number,
  gallery?: string,
): string {
  const query = new URLSearchParams({ evaluation: String(object.evaluation), key: object.key });
  if (object.side !== undefined && object.index !== undefined) {
    query.set("side", object.side);
    query.set("index", String(object.index));
  }
  if (confidence !== undefined) query.set("confidence", String(Number(confidence.toFixed(3))));
  if (gallery !== undefined) query.set("gallery", gallery);
  return `/datasets/${dataset}/edit/${image}?${query.toString()}`;
}

/** What an address says of the queue of fixes that the editor walks through. */
const QUEUE = { kind: "fix_kind", assignee: "fix_assignee", evaluation: "fix_evaluation" } as const;

/** The editor at a verdict; "Done, next" then goes to the next one under `filters`. */
export function fixAddress(
  { dataset, image, id }: { dataset: string; image: string | null; id: number },
  filters: VerdictFilters,
): string {
  const query = new URLSearchParams({ verdict: String(id) });
  for (const [name, param] of Object.entries(QUEUE)) {
    const value = filters[name as keyof typeof QUEUE];
    if (value !== undefined) query.set(param, String(value));
  }
  return `/datasets/${dataset}/edit/${image ?? ""}?${query.toString()}`;
}

export function queueFiltersFrom(search: URLSearchParams): VerdictFilters {
  const kind = KINDS.find((each) => each === search.get(QUEUE.kind));
  const assignee = search.get(QUEUE.assignee);
  const evaluation = Number(search.get(QUEUE.evaluation));
  return {
    ...(kind ? { kind } : {}),
    ...(assignee && /^(me|none|\d+)$/.test(assignee) ? { assignee } : {}),
    ...(evaluation > 0 ? { evaluation } : {}),
  };
}

export const KINDS: readonly VerdictKind[] = ["missing", "extra", "wrong_class", "outline", "model"];

/** On labels: what makes work. */
export const KIND_WORDS: Record<VerdictKind, string> = {
  missing: "Label is missing",
  extra: "There is no such object",
  wrong_class: "Label has the wrong class",
  outline: "Outline is sloppy",
  model: "Model is wrong: a hard case",
};

export const KIND_NAMES: Record<VerdictKind, string> = {
  missing: "missing",
  extra: "extra",
  wrong_class: "wrong class",
  outline: "sloppy outline",
  model: "hard case",
};

/** What can be wrong with an object, the likeliest first. */
export function kindsFor(side: ObjectRef["side"], outcome: ShapeOutcome): VerdictKind[] {
  if (side === "label" || outcome === "tp" || outcome === "wrong_class") {
    const first: VerdictKind =
      outcome === "wrong_class" ? "wrong_class" : outcome === "tp" ? "outline" : "extra";
    const rest: VerdictKind[] = ["extra", "wrong_class", "outline"];
    return [first, ...rest.filter((kind) => kind !== first), "model"];
  }
  return ["missing", "model"];
}
