/** A revision beside the annotation as it is now. Pure. */
import type { Revision, Status } from "@/api/types";
import { differenceBetween, sameInstance } from "@/canvas/document/difference";
import type { AnnotationDocument, Instance } from "@/canvas/model/document";
import { plural } from "@/lib/format";

export type Comparison = {
  /** Objects of the revision that are not there now. */
  readonly onlyThen: readonly Instance[];
  readonly onlyNow: readonly Instance[];
  readonly changed: readonly { readonly then: Instance; readonly now: Instance }[];
  /** What is in both lies in another order. */
  readonly isReordered: boolean;
};

export function compareVersions(then: AnnotationDocument, now: AnnotationDocument): Comparison {
  const { upsert, delete: gone } = differenceBetween(now, then);
  const current = new Map(now.instances.map((instance) => [instance.id, instance]));
  return {
    onlyThen: upsert.filter(({ id }) => !current.has(id)),
    onlyNow: gone.flatMap((id) => current.get(id) ?? []),
    changed: upsert.flatMap((instance) => {
      const old = current.get(instance.id);
      return old ? { then: instance, now: old } : [];
    }),
    isReordered: !isSameOrder(then, now),
  };
}

function isSameOrder(then: AnnotationDocument, now: AnnotationDocument): boolean {
  const old = new Set(then.instances.map(({ id }) => id));
  const common = now.instances.filter(({ id }) => old.has(id));
  const kept = new Set(common.map(({ id }) => id));
  return then.instances.filter(({ id }) => kept.has(id)).every(({ id }, i) => id === common[i]?.id);
}

/** "2 objects only then, 1 only now, 3 changed, another order"; what differs, to be read aloud too. */
export function describeComparison({ onlyThen, onlyNow, changed, isReordered }: Comparison): string {
  const counts: [number, string][] = [
    [onlyThen.length, "only then"],
    [onlyNow.length, "only now"],
    [changed.length, "changed since"],
  ];
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, what], i) => `${i === 0 ? plural(count, "object") : count} ${what}`);
  const all = isReordered ? [...parts, "another order"] : parts;
  return all.length === 0 ? "The same as now" : all.join(", ");
}

/**
 * The document that a restored revision makes of the present one: the objects of the revision, in their order; those
 * that are the same stay the very objects they are. What has a class that is no more is left out, and counted.
 */
export function restoreVersion(
  then: AnnotationDocument,
  now: AnnotationDocument,
  hasClass: (id: number) => boolean,
): { document: AnnotationDocument; leftOut: number } {
  const current = new Map(now.instances.map((instance) => [instance.id, instance]));
  const possible = then.instances.filter(({ class_id }) => class_id === null || hasClass(class_id));
  const instances = possible.map((instance) => {
    const old = current.get(instance.id);
    return old && sameInstance(old, instance) ? old : instance;
  });
  const isSame =
    instances.length === now.instances.length && instances.every((each, i) => each === now.instances[i]);
  return {
    document: isSame ? now : { instances },
    leftOut: then.instances.length - possible.length,
  };
}

const STATUS_SET: Record<Status, string> = {
  unlabelled: "set to not labelled",
  in_progress: "set to in progress",
  done: "marked as done",
  sent_back: "sent back",
  accepted: "accepted",
};

/** "+3, 2 changed, 1 deleted, order" */
export function describeRevision(revision: Revision): string {
  const { added, changed, deleted, reordered, status, status_before } = revision;
  const regions = revision.ignore_regions;
  const parts = [
    added > 0 ? `+${added}` : "",
    changed > 0 ? `${changed} changed` : "",
    regions > 0 ? plural(regions, "ignore region") : "",
    deleted > 0 ? `${deleted} deleted` : "",
    reordered ? "order" : "",
  ].filter(Boolean);
  if (parts.length === 0) return STATUS_SET[status];
  // Beginning to draw is no news beside what was drawn.
  const isNews = status !== status_before && status !== "in_progress";
  return (isNews ? [...parts, STATUS_SET[status]] : parts).join(", ");
}

/** Who made a revision, as it begins a line: "Ana", "You", "Label file". */
export function nameAuthor({ author, source }: Pick<Revision, "author" | "source">, user: number): string {
  if (source === "disk") return "Label file";
  if (source === "import") return "Import";
  if (source === "model") return "Model";
  if (source === "restore") return "Restored version";
  if (source === "repair") return "Repair";
  if (author === null) return "Somebody";
  return author.id === user ? "You" : author.display_name || author.username;
}

/** The same within a sentence: "by Ana", "by you", "by the label file". */
export function describeAuthor(revision: Pick<Revision, "author" | "source">, user: number): string {
  const { author, source } = revision;
  if (source === "disk") return "by the label file";
  if (source === "import") return "by an import";
  if (source === "model") return "by a model";
  if (source === "restore") return "by restoring a version";
  if (source === "repair") return "by a repair";
  if (author === null) return "by somebody";
  return author.id === user ? "by you" : `by ${nameAuthor(revision, user)}`;
}
