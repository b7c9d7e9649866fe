import type { ImportOptions, ImportPreview, Split } from "@/api/types";
import type { FrameRule } from "./videoRule";

export type ForeseenClass = ImportPreview["classes"][number];
export type OnConflict = NonNullable<ImportOptions["on_conflict"]>;

/** What a person makes of each class of the source: the name here, null to ignore it. */
export type ClassChoices = Readonly<Record<string, string | null>>;

export const CONFLICT_WORDS: Record<OnConflict, { label: string; text: string }> = {
  skip: { label: "Skip", text: "What is here stays as it is; each is named in the report." },
  replace: { label: "Replace labels", text: "The labels become those of the source, as a new revision." },
  add: { label: "Add what is new", text: "Objects that are not here yet are added (by mask IoU of 0.5)." },
  both: { label: "Keep both", text: "The image comes in a second time, under another name." },
};

/** The name that a class of the source gets here; null: it is ignored. */
export function targetOf(name: string, choices: ClassChoices): string | null {
  return name in choices ? (choices[name] ?? null) : name;
}

export type ClassFate = "ignored" | "unnamed" | "merged" | "new" | "here";

/** What becomes of each class of the source, by its name. */
export function fatesOf(
  choices: ClassChoices,
  foreseen: readonly ForeseenClass[],
  here: ReadonlySet<string>,
): ReadonlyMap<string, ClassFate> {
  const targets = new Map(foreseen.map(({ name }) => [name, targetOf(name, choices)?.trim()]));
  const counts = new Map<string, number>();
  for (const target of targets.values())
    if (target !== undefined) counts.set(target, (counts.get(target) ?? 0) + 1);
  const fateOf = (target: string | undefined): ClassFate => {
    if (target === undefined) return "ignored";
    if (target === "") return "unnamed";
    if ((counts.get(target) ?? 0) > 1) return "merged";
    return here.has(target) ? "here" : "new";
  };
  return new Map([...targets].map(([name, target]) => [name, fateOf(target)]));
}

/** How many objects of the source are ignored as asked. */
export function countIgnored(choices: ClassChoices, foreseen: readonly ForeseenClass[]): number {
  return foreseen.reduce((sum, { name, count }) => sum + (targetOf(name, choices) === null ? count : 0), 0);
}

/** The request that begins the import: only what differs from the source. */
export function makeOptions(
  format: string,
  onConflict: OnConflict | null,
  choices: ClassChoices,
  splits: Readonly<Record<string, Split>>,
  video: FrameRule = {},
  {
    also = [],
    simplifyPx = 0,
    ignoreCrowds = false,
  }: { also?: readonly string[]; simplifyPx?: number; ignoreCrowds?: boolean } = {},
): ImportOptions {
  const classes = Object.fromEntries(
    Object.entries(choices)
      .map(([name, target]) => [name, target === null ? null : target.trim()] as const)
      .filter(([name, target]) => target !== name),
  );
  const moved = Object.fromEntries(Object.entries(splits).filter(([from, to]) => from !== to));
  return {
    ...(format ? { format } : {}),
    ...(onConflict ? { on_conflict: onConflict } : {}),
    ...(Object.keys(classes).length > 0 ? { classes } : {}),
    ...(Object.keys(moved).length > 0 ? { splits: moved } : {}),
    ...(also.length > 0 ? { also: [...also] } : {}),
    ...(simplifyPx > 0 ? { simplify_px: simplifyPx } : {}),
    ...(ignoreCrowds ? { crowds: "ignore" as const } : {}),
    ...(Object.keys(video).length > 0 ? { video } : {}),
  };
}
