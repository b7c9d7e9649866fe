/** Up to two letters that stand for a person: "Ana María López" AL, "ana.lopez" AL, "ana" AN. */
export function initialsOf(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const [first = "?", ...others] = words;
  const last = others.at(-1);
  const letters =
    last === undefined ? charactersOf(first).slice(0, 2) : [charactersOf(first)[0], charactersOf(last)[0]];
  return letters.join("").toUpperCase();
}

/** By code points: a letter beyond the basic plane is two units of a string. */
const charactersOf = (word: string): string[] => Array.from(word);
