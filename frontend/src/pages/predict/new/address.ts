import type { ImageSelection } from "@/api/images";
import { type Codec, numberIn, oneOf, type Read, text } from "@/lib/urlState";
import type { OptionValue } from "@/api/types";

export const SOURCES = ["files", "url", "server", "dataset", "version", "stream"] as const;
export type SourceKind = (typeof SOURCES)[number];

export const TABS = ["predict", "live"] as const;

/** What the page keeps least of the confidences. */
export const FLOOR = 0.05;
export const MOST_SECONDS = 86_400;
const id = () => numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0);

export type OptionValues = Readonly<Record<string, OptionValue>>;

const isPlain = (value: unknown): value is OptionValue =>
  ["number", "boolean", "string"].includes(typeof value) ||
  (Array.isArray(value) && value.every((each) => typeof each === "string"));

/** Options that differ from their defaults, as JSON; what is no option's value is left out. */
const options: Codec<OptionValues> = {
  parse: (raw) => {
    try {
      const given: unknown = JSON.parse(raw ?? "{}");
      if (typeof given !== "object" || given === null || Array.isArray(given)) return {};
      return Object.fromEntries(
        Object.entries(given).filter((pair): pair is [string, OptionValue] => isPlain(pair[1])),
      );
    } catch {
      return {};
    }
  },
  format: (values) => (Object.keys(values).length > 0 ? JSON.stringify(values) : null),
};

/** Everything of the form that an address can hold. `filter` is the query string of a dataset's grid. */
export const PREDICT_ADDRESS = {
  tab: oneOf(TABS, "predict"),
  source: oneOf(SOURCES, "files"),
  model: text(),
  /** Of addresses from before models had references. */
  checkpoint: id(),
  url: text(),
  folder: text(),
  dataset: text(),
  filter: text(),
  images: text(),
  version: id(),
  split: oneOf(["train", "val", "test"], "val"),
  stream: text(),
  seconds: numberIn(1, MOST_SECONDS, 60, 0),
  confidence: numberIn(FLOOR, 1, 0.25),
  options,
  /** Whose members may see the prediction, where neither source nor model says it. */
  for: text(),
};

export type PredictAddress = Read<typeof PREDICT_ADDRESS>;

/** The reference of the model in an address, "" where none is named. */
export function modelIn({ model, checkpoint }: Pick<PredictAddress, "model" | "checkpoint">): string {
  return model || (checkpoint > 0 ? `checkpoint:${checkpoint}` : "");
}

const NOT_FILTERS = ["ordering", "tile", "similar"];

/** The query string of a grid without what does not choose images. */
export function filterOf(search: string): string {
  const params = new URLSearchParams(search);
  for (const name of NOT_FILTERS) params.delete(name);
  return params.toString();
}

/** The most images that an address names one by one. */
export const MOST_NAMED = 200;

/** Where the grid's "Predict on these" leads: all that its filters match, or the images that are named. */
export function predictAddress(slug: string, search: string, ids: readonly string[] = []): string {
  const params = new URLSearchParams({ source: "dataset", dataset: slug });
  if (ids.length > 0) params.set("images", ids.join(","));
  else if (filterOf(search)) params.set("filter", filterOf(search));
  return `/predict?${params.toString()}`;
}

/** Where "Predict on these" of a selection leads; null where an address cannot name it. */
export function selectionAddress(slug: string, search: string, selection: ImageSelection): string | null {
  if (!("ids" in selection)) return selection.excluded.length > 0 ? null : predictAddress(slug, search);
  return selection.ids.length > MOST_NAMED ? null : predictAddress(slug, search, selection.ids);
}

export const idsIn = (images: string): string[] =>
  images.split(",").filter((each) => /^[0-9a-f-]{36}$/.test(each));
