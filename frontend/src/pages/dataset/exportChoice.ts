import { EXPORT_STATUSES, type ExportChoice } from "@/api/exports";
import type { LabelFormatName, Split } from "@/api/types";
import { type Codec, matching, numberIn, oneOf, type Read, flag, text } from "@/lib/urlState";

export const SPLITS: readonly Split[] = ["train", "val", "test"];

const list = <T>(parse: (raw: string) => T | undefined): Codec<T[]> => ({
  parse: (raw) => (raw ?? "").split(",").flatMap((part) => parse(part) ?? []),
  format: (values) => (values.length > 0 ? values.join(",") : null),
});

/** The choice as it stands in the address: the filters of the grid have the same names there. */
export const EXPORT_ADDRESS = {
  format: text("yolo"),
  version: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
  status: oneOf(EXPORT_STATUSES, "done"),
  split: list((raw) => SPLITS.find((split) => split === raw)),
  classes: list((raw) => (/^\d{1,15}$/.test(raw) ? Number(raw) : undefined)),
  class: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
  search: text(),
  assignee: matching(/^(me|none|[1-9]\d{0,17})$/, "all"),
  has_comment: flag(),
  ground_truth: flag(),
};

export type ExportAddress = Read<typeof EXPORT_ADDRESS>;

export const NO_GRID_FILTERS = {
  class: 0,
  search: "",
  assignee: "all",
  has_comment: false,
  ground_truth: false,
} satisfies Partial<ExportAddress>;

export const EXPORT_STATUS_WORDS: Record<ExportChoice["status"], string> = {
  done: "Finished images (done or accepted)",
  all: "All images, with everything drawn so far",
  accepted: "Accepted images",
  in_progress: "Images in progress",
  sent_back: "Images sent back",
  unlabelled: "Images not labelled yet",
};

/** What the server is asked for. A version is frozen: nothing but splits and classes is chosen of it. */
export function choiceOf(address: ExportAddress): ExportChoice {
  const { format, version, status, split, classes } = address;
  const base = { format: format as LabelFormatName, split, classes };
  if (version > 0) return { ...base, version, status: "done" };
  return {
    ...base,
    version: null,
    status,
    ...(address.class > 0 && { class: address.class }),
    ...(address.search && { search: address.search }),
    ...(address.assignee !== "all" && { assignee: address.assignee }),
    ...(address.has_comment && { has_comment: true }),
    ...(address.ground_truth && { ground_truth: true }),
  };
}

/** The filters that came with the address of the grid, in words; none where there are none. */
export function gridFilterWords(address: ExportAddress, className: string | undefined): string[] {
  if (address.version > 0) return [];
  const words: (string | false)[] = [
    address.search !== "" && `name contains “${address.search}”`,
    address.class > 0 && `has ${className ?? "a class that is gone"}`,
    address.assignee === "me" && "assigned to me",
    address.assignee === "none" && "assigned to nobody",
    /^\d/.test(address.assignee) && "assigned to one person",
    address.has_comment && "with open comments",
    address.ground_truth && "ground truth",
  ];
  return words.filter((each) => each !== false);
}
