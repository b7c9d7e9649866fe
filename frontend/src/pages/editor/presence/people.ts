import type { Present } from "@/api/types";

/** Somebody else on the image, in however many windows. */
export type Person = {
  readonly id: number;
  readonly name: string;
  /** In one of the windows at least. */
  readonly isEditing: boolean;
};

/** The others, each once, in the order of the server. */
export function othersOf(people: readonly Present[], user: number): Person[] {
  const found = new Map<number, Person>();
  for (const { user_id, username, display_name, editing } of people) {
    if (user_id === user) continue;
    const isEditing = editing || (found.get(user_id)?.isEditing ?? false);
    found.set(user_id, { id: user_id, name: display_name || username, isEditing });
  }
  return [...found.values()];
}

/** "Ana", "Ana and Ben", "Ana, Ben and Cleo" */
export function listNames(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** "Ana (editing), Ben" */
export function describePeople(people: readonly Person[]): string {
  return people.map(({ name, isEditing }) => (isEditing ? `${name} (editing)` : name)).join(", ");
}
