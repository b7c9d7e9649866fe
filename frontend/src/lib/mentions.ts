/** The name that is being written behind an "@" at the caret, and where the "@" stands. */
export type Call = { readonly start: number; readonly name: string };

// What the server lets a username be made of; "ana@example.org" calls nobody.
const CALL = /(?<![\p{L}\p{N}_.@+-])@([\p{L}\p{N}_.@+-]*)$/u;

export function callAt(text: string, caret: number): Call | null {
  const found = CALL.exec(text.slice(0, caret));
  return found ? { start: found.index, name: found[1] ?? "" } : null;
}

/** The text with the call at the caret made out in full, and where the caret goes. */
export function complete(
  text: string,
  caret: number,
  { start }: Call,
  username: string,
): { text: string; caret: number } {
  const before = `${text.slice(0, start)}@${username} `;
  return { text: before + text.slice(caret).replace(/^ /, ""), caret: before.length };
}

/** Those whose username, or a word of whose name, begins with what is written; a few. */
export function matching<T extends { username: string; display_name: string }>(
  people: readonly T[],
  name: string,
  limit = 6,
): T[] {
  const wanted = name.toLowerCase();
  return people
    .filter(({ username, display_name: shown }) =>
      [username, ...shown.split(/\s+/)].some((word) => word.toLowerCase().startsWith(wanted)),
    )
    .slice(0, limit);
}
