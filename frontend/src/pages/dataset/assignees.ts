import type { ImageFacets, Membership } from "@/api/types";

export type AssigneeChoice = { value: string; label: string; count: number | undefined };

type Options = {
  facets: ImageFacets | undefined;
  members: readonly Membership[];
  myId: number | undefined;
  /** The filter as it is set. */
  chosen: string;
};

/** Whom the list can be narrowed to: me, nobody, whoever has images, and the one who is chosen. */
export function assigneeChoices({ facets, members, myId, chosen }: Options): AssigneeChoice[] {
  const counts = new Map(facets?.by_assignee.map(({ assignee, count }) => [assignee?.id ?? null, count]));
  const countOf = (id: number | null | undefined) =>
    facets && id !== undefined ? (counts.get(id) ?? 0) : undefined;
  const named = new Map(members.map(({ user }) => [user.id, user.display_name || user.username]));
  const others = new Map(
    facets?.by_assignee.flatMap(({ assignee }) =>
      assignee && assignee.id !== myId
        ? [[assignee.id, named.get(assignee.id) ?? assignee.username] as const]
        : [],
    ),
  );
  const chosenId = Number(chosen);
  if (chosenId > 0 && chosenId !== myId && !others.has(chosenId)) {
    others.set(chosenId, named.get(chosenId) ?? "Somebody");
  }
  return [
    { value: "me", label: "Me", count: countOf(myId) },
    { value: "none", label: "Nobody", count: countOf(null) },
    ...[...others].map(([id, label]) => ({ value: String(id), label, count: countOf(id) })),
  ];
}

/** Whether a choice is the one that is set; an address may name me by my number. */
export function isChosen(value: string, chosen: string, myId: number | undefined): boolean {
  return value === chosen || (value === "me" && chosen === String(myId));
}
