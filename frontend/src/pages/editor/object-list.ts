/** Which objects the list shows, and in which order. Pure. */
import type { DatasetClass } from "@/api/types";
import { type Instance, isIgnored } from "@/canvas/model/document";
import { type Problem, PROBLEMS, type Problems } from "@/canvas/scene/problems";
import { LARGE_FROM_AREA, MEDIUM_FROM_AREA } from "@/review-data/select";

export type Row = { readonly instance: Instance; readonly number: number };

export const SORTS = ["order", "class", "largest", "smallest", "problem"] as const;
export type Sort = (typeof SORTS)[number];
export const SORT_WORDS: Record<Sort, string> = {
  order: "Topmost first",
  class: "By class",
  largest: "Largest first",
  smallest: "Smallest first",
  problem: "Problems first",
};

export const AREAS = ["small", "medium", "large"] as const;
export type Area = (typeof AREAS)[number];
export const AREA_WORDS: Record<Area, string> = {
  small: "Small, below 32² px",
  medium: "Medium, up to 96² px",
  large: "Large, from 96² px",
};

export const PROBLEM_WORDS: Record<Problem, string> = {
  crossing: "Crosses itself",
  tiny: "Tiny, below 16 px²",
  vanishes: "Vanishes for the model",
  double: "Nearly the same as another (IoU above 0.9)",
  outside: "Lies beyond the image",
  box: "A box: nobody has outlined it yet",
};

export type ListFilter = {
  readonly classId: number | null;
  readonly area: Area | null;
  readonly problem: Problem | "any" | null;
};
export const EVERYTHING: ListFilter = { classId: null, area: null, problem: null };

export function isFiltered({ classId, area, problem }: ListFilter): boolean {
  return classId !== null || area !== null || problem !== null;
}

/** Whether the list depends on what may be wrong with the objects. */
export function needsProblems(sort: Sort, { problem }: ListFilter): boolean {
  return sort === "problem" || problem !== null;
}

function areaNamed(area: number): Area {
  return area < MEDIUM_FROM_AREA ? "small" : area < LARGE_FROM_AREA ? "medium" : "large";
}

type Known = {
  readonly areaOf: (instance: Instance) => number;
  readonly problems: Problems;
  readonly classNames: ReadonlyMap<number, DatasetClass>;
};

/** `rows` come with the topmost first; those that are equal stay so. */
export function arranged(rows: readonly Row[], sort: Sort, filter: ListFilter, known: Known): readonly Row[] {
  const { classId, area, problem } = filter;
  const shown = !isFiltered(filter)
    ? rows
    : rows.filter(({ instance }) => {
        const its = known.problems.get(instance.id) ?? [];
        return (
          (classId === null || instance.class_id === classId) &&
          (area === null || areaNamed(known.areaOf(instance)) === area) &&
          (problem === null || (problem === "any" ? its.length > 0 : its.includes(problem)))
        );
      });
  if (sort === "order") return regionsLast(shown);
  const place = placeOf(sort, known);
  const sorted = shown
    .map((row) => ({ row, at: place(row.instance) }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
  return regionsLast(sorted);
}

/** Ignore regions stand below the objects, under a heading of their own. */
function regionsLast(rows: readonly Row[]): readonly Row[] {
  const regions = rows.filter(({ instance }) => isIgnored(instance));
  return regions.length === 0 ? rows : [...rows.filter(({ instance }) => !isIgnored(instance)), ...regions];
}

function placeOf(sort: Sort, { areaOf, problems, classNames }: Known): (instance: Instance) => number {
  if (sort === "class")
    return ({ class_id }) => (class_id === null ? undefined : classNames.get(class_id)?.index) ?? Infinity;
  if (sort === "largest") return (instance) => -areaOf(instance);
  if (sort === "smallest") return areaOf;
  return ({ id }) => {
    const [first] = problems.get(id) ?? [];
    return first === undefined ? PROBLEMS.length : PROBLEMS.indexOf(first);
  };
}

/** How many objects have each problem, and how many any. */
export function countProblems(problems: Problems): Record<Problem | "any", number> {
  const counts = { any: problems.size, crossing: 0, tiny: 0, vanishes: 0, double: 0, outside: 0, box: 0 };
  for (const all of problems.values()) for (const problem of all) counts[problem]++;
  return counts;
}
