/** Two versions of one annotation that began from the same: what each changed, object by object. Pure. */
import { type AnnotationDocument, type Instance, newId } from "@/canvas/model/document";
import { type Difference, differenceBetween, sameInstance } from "@/canvas/document/difference";

export type Versions = {
  /** What both began from. */
  readonly base: AnnotationDocument;
  readonly mine: AnnotationDocument;
  readonly theirs: AnnotationDocument;
};

/** An object that both changed, or that one changed and the other deleted (null): a person has to say. */
export type Dispute = {
  readonly id: string;
  readonly mine: Instance | null;
  readonly theirs: Instance | null;
};

/** `both` keeps theirs under its id, and mine beside it under a new one. */
export type Choice = "mine" | "theirs" | "both";

const NO_CHOICES: ReadonlyMap<string, Choice> = new Map();

type ById = ReadonlyMap<string, Instance>;

function byId({ instances }: AnnotationDocument): ById {
  return new Map(instances.map((instance) => [instance.id, instance]));
}

function isSame(a: Instance | undefined, b: Instance | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sameInstance(a, b));
}

/** Changed on both sides, and not to the same. */
function isDisputed(base?: Instance, mine?: Instance, theirs?: Instance): boolean {
  return !isSame(mine, theirs) && !isSame(base, mine) && !isSame(base, theirs);
}

/** Bottom to top as theirs are, those that are only mine last. */
export function findDisputes({ base, mine, theirs }: Versions): Dispute[] {
  const [b, m, t] = [byId(base), byId(mine), byId(theirs)];
  return [...new Set([...t.keys(), ...m.keys()])].flatMap((id) => {
    const [ours, other] = [m.get(id), t.get(id)];
    return isDisputed(b.get(id), ours, other) ? { id, mine: ours ?? null, theirs: other ?? null } : [];
  });
}

/**
 * One version of two. What only one side changed is taken from it; of a disputed object the side that `choices` names,
 * mine where it names none. The order is mine if I changed it, else theirs; what is new lies on top.
 */
export function mergeVersions(
  versions: Versions,
  choices: ReadonlyMap<string, Choice> = NO_CHOICES,
): AnnotationDocument {
  const { base, mine, theirs } = versions;
  const [b, m, t] = [byId(base), byId(mine), byId(theirs)];
  const decide = (id: string): Instance | readonly Instance[] => {
    const [ours, other] = [m.get(id), t.get(id)];
    if (!isDisputed(b.get(id), ours, other))
      return (isSame(b.get(id), other) && !isSame(ours, other) ? ours : other) ?? [];
    const choice = choices.get(id) ?? "mine";
    if (choice === "both" && ours && other) return [other, { ...ours, id: newId() }];
    return (choice === "theirs" ? other : choice === "mine" ? ours : (other ?? ours)) ?? [];
  };
  const instances = mergedOrder(versions, b).flatMap(decide);
  const isTheirs =
    instances.length === theirs.instances.length &&
    instances.every((instance, i) => instance === theirs.instances[i]);
  return isTheirs ? theirs : { instances };
}

function mergedOrder({ base, mine, theirs }: Versions, known: ById): string[] {
  const isReordered = differenceBetween(base, mine).order !== undefined;
  const [first, second] = isReordered ? [mine, theirs] : [theirs, mine];
  const order = first.instances.map(({ id }) => id);
  const placed = new Set(order);
  let below: string | undefined;
  for (const { id } of second.instances) {
    if (!placed.has(id)) {
      // What one side deleted and the other keeps goes back to its place.
      const at = known.has(id) ? order.indexOf(below ?? "") + 1 : order.length;
      order.splice(at, 0, id);
      placed.add(id);
    }
    below = id;
  }
  return order;
}

/**
 * What edits that were kept on this device began from, when the server has moved on to `current`: `before` are the
 * objects that they changed or deleted, as they were; all others are taken to be as they are now.
 */
export function baseOfEdits(
  current: AnnotationDocument,
  { upsert, delete: gone }: Difference,
  before: readonly Instance[],
): AnnotationDocument {
  const old = new Map(before.map((instance) => [instance.id, instance]));
  const touched = new Set([...old.keys(), ...gone, ...upsert.map(({ id }) => id)]);
  const there = new Set(current.instances.map(({ id }) => id));
  return {
    instances: [
      ...current.instances.flatMap((instance) =>
        touched.has(instance.id) ? (old.get(instance.id) ?? []) : instance,
      ),
      ...before.filter(({ id }) => !there.has(id)),
    ],
  };
}

/** The objects of `base` that a difference changes or deletes, as they are there. */
export function touchedBy(difference: Difference, base: AnnotationDocument): Instance[] {
  if (difference.upsert.length === 0 && difference.delete.length === 0) return [];
  const ids = new Set([...difference.delete, ...difference.upsert.map(({ id }) => id)]);
  return base.instances.filter(({ id }) => ids.has(id));
}

/**
 * The base, moved on by what of `theirs` is in truth our own: objects as a save had sent them whose answer never came.
 * `sent` are the versions that were sent so.
 */
export function withArrived(
  base: AnnotationDocument,
  sent: readonly AnnotationDocument[],
  theirs: AnnotationDocument,
): AnnotationDocument {
  if (sent.length === 0) return base;
  const b = byId(base);
  const ours = sent.map(byId);
  const there = byId(theirs);
  const left = base.instances.filter(({ id }) => there.has(id) || !ours.some((version) => !version.has(id)));
  const moved = new Map(left.map((instance) => [instance.id, instance]));
  for (const instance of theirs.instances) {
    if (
      !isSame(b.get(instance.id), instance) &&
      ours.some((version) => isSame(version.get(instance.id), instance))
    )
      moved.set(instance.id, instance);
  }
  const inOrder = theirs.instances.flatMap(({ id }) => moved.get(id) ?? []);
  return { instances: [...inOrder, ...left.filter(({ id }) => !there.has(id))] };
}
