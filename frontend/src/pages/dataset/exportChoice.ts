import { EXPORT_STATUSES, type ExportChoice } from "@/api/exports";
import type { LabelFormatName, Split } from "@/api/types";
import { type Codec, numberIn, oneOf, type Read, text } from "@/lib/urlState";
import { imageQuery } from "@/api/images";
import { GRID_FILTERS, NO_FILTERS } from "./imagesAddress";
import { countRare } from "./MoreFilters";

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
  ...GRID_FILTERS,
};

export type ExportAddress = Read<typeof EXPORT_ADDRESS>;

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
    ...gridQuery(address),
  };
}

/** The filters of the grid as the server reads them; those that are not set are left out. */
function gridQuery(address: ExportAddress): Partial<ExportChoice> {
  const query = imageQuery({ ...address, split: "all", status: "all" });
  const set = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set);
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
    address.has_box && "with boxes to outline",
    address.is_empty && "with nothing in them",
    address.is_pinned && "pinned to their splits",
    address.import > 0 && `from import ${address.import}`,
    address.tag === "none" && "without a tag",
    /^\d/.test(address.tag) && "with a tag",
    address.group !== "" && `of the group “${address.group}”`,
    countRare({ ...NO_FILTERS, ...address, split: "all", status: "all", group: "" }) > 0 &&
      "as “More filters” of the grid say",
  ];
  return words.filter((each) => each !== false);
}
