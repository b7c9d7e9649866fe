import type { ModelItem, ServedModel } from "@/api/types";

export const PRODUCTION = "production";
/** Rows that an open list shows; what is further is found by typing. */
export const MOST_SHOWN = 60;

export type ModelGroup = { title: string; models: ModelItem[] };

const TITLES: Record<ModelItem["kind"], string> = {
  served: "Served models",
  checkpoint: "Checkpoints",
  export: "Exported models",
  weights: "Uploaded and pretrained weights",
};
const ORDER = ["production", "served", "checkpoint", "export", "weights"] as const;

export const isUsable = ({ state }: ModelItem): boolean => state === "finished";
/** By what an address names a model: pretrained weights that are not here have no reference, but a file's name. */
export const nameInAddress = ({ reference, file_name }: Pick<ModelItem, "reference" | "file_name">): string =>
  reference || file_name;
const isProduction = ({ tags }: ModelItem): boolean => tags.includes(PRODUCTION);
const groupOf = (model: ModelItem) => (isProduction(model) ? "production" : model.kind);

/** Served models as models: the name, with the classes and colours of the model behind it. */
export function withServed(models: readonly ModelItem[], served: readonly ServedModel[]): ModelItem[] {
  const known = new Map(models.map((model) => [model.reference, model]));
  const named = served.flatMap(({ name, dataset, model: target }) => {
    const model = known.get(target.reference);
    return model ? [{ ...model, kind: "served" as const, reference: name, name, dataset, tags: [] }] : [];
  });
  return [...named, ...models];
}

/** What a search looks through, once for each model: lists of classes are long, and people type quickly. */
export type SearchableModel = { model: ModelItem; text: string };

export function searchable(models: readonly ModelItem[]): SearchableModel[] {
  return models.map((model) => ({
    model,
    text: [model.name, model.reference, model.dataset, ...model.tags, ...model.class_names]
      .join("\n")
      .toLowerCase(),
  }));
}

/** The first models that have every word of a search, in groups, "production" first; how many more match. */
export function findModels(
  all: readonly SearchableModel[],
  search: string,
  most = MOST_SHOWN,
): { groups: ModelGroup[]; more: number } {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all
    .filter(({ text }) => words.every((word) => text.includes(word)))
    .map(({ model }) => model);
  const sorted = ORDER.flatMap((group) => {
    const models = found.filter((model) => groupOf(model) === group);
    return [...models.filter(isUsable), ...models.filter((model) => !isUsable(model))];
  });
  const groups: ModelGroup[] = [];
  for (const model of sorted.slice(0, most)) {
    const group = groupOf(model);
    const title = group === "production" ? "Production" : TITLES[group];
    const last = groups.at(-1);
    if (last?.title === title) last.models.push(model);
    else groups.push({ title, models: [model] });
  }
  return { groups, more: Math.max(0, sorted.length - most) };
}

/** The model to begin with: one in production, else the first that can be used. */
export function firstModel(all: readonly SearchableModel[]): ModelItem | undefined {
  return findModels(all, "", 1).groups[0]?.models.find(isUsable);
}
