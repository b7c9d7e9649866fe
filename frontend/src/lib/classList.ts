/** A pasted list of classes: one a line or separated by commas, as it stands or as data.yaml writes it. Pure. */

/** The server keeps no longer names. */
export const LONGEST_CLASS_NAME = 80;

export type ClassList = {
  /** Names to add, in the order of the list. */
  readonly names: readonly string[];
  /** Names that stand in the list more than once; each is added once. */
  readonly repeated: readonly string[];
  /** Names that the dataset has already. */
  readonly known: readonly string[];
  readonly tooLong: readonly string[];
  /** Lines and places between commas with nothing in them, those at the end left out. */
  readonly empty: number;
};

/** "0: cat", "- cat" and "'cat'" are what data.yaml makes of cat. */
function cleaned(entry: string): string {
  const name = entry.trim().replace(/^(\d+\s*:|-)(\s+|$)/, "");
  return name.replace(/^(["'])(.*)\1$/, "$2").trim();
}

export function parseClassList(text: string, existing: readonly string[]): ClassList {
  const entries =
    text.trim() === ""
      ? []
      : text
          .trim()
          .replace(/,$/, "")
          .split(/\r?\n|,/)
          .map(cleaned);
  const there = new Set(existing);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const found = { names: [] as string[], known: [] as string[], tooLong: [] as string[], empty: 0 };
  for (const name of entries) {
    if (name === "") found.empty++;
    else if (seen.has(name)) repeated.add(name);
    else {
      seen.add(name);
      if (name.length > LONGEST_CLASS_NAME) found.tooLong.push(name);
      else (there.has(name) ? found.known : found.names).push(name);
    }
  }
  return { ...found, repeated: [...repeated] };
}

/** What of a list is not added, and why: a sentence each. */
export function describeRest({ repeated, known, tooLong, empty }: ClassList): string[] {
  const quoted = (names: readonly string[]): string => names.map((name) => `“${name}”`).join(", ");
  return [
    ...(repeated.length > 0 ? [`More than once in the list, added once: ${quoted(repeated)}.`] : []),
    ...(known.length > 0 ? [`Here already: ${quoted(known)}.`] : []),
    ...(tooLong.length > 0
      ? [
          `Longer than ${LONGEST_CLASS_NAME} characters: ${quoted(tooLong.map((name) => `${name.slice(0, 24)}…`))}.`,
        ]
      : []),
    ...(empty > 0 ? [empty === 1 ? "One entry is empty." : `${empty} entries are empty.`] : []),
  ];
}
