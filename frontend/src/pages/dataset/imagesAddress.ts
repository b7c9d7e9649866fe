import { type ImageFilters, imageQuery } from "@/api/images";
import { flag, matching, numberIn, oneOf, type Read, text } from "@/lib/urlState";

/** In the order in which an image goes through them. */
export const STATUSES = ["unlabelled", "in_progress", "done", "sent_back", "accepted"] as const;
const ORDERINGS = ["stem", "-updated_at"] as const;

/** Filters of the image list as they stand in the address; the editor reads the same names. */
export const IMAGES_ADDRESS = {
  split: oneOf(["all", "train", "val", "test"], "all"),
  status: oneOf(["all", ...STATUSES], "all"),
  class: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
  search: text(),
  assignee: matching(/^(me|none|[1-9]\d{0,17})$/, "all"),
  has_comment: flag(),
  ground_truth: flag(),
  has_box: flag(),
  is_empty: flag(),
  is_pinned: flag(),
  import: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
  ordering: oneOf(ORDERINGS, "stem"),
};

export type ImagesAddress = Read<typeof IMAGES_ADDRESS>;

export const STATUS_WORDS = {
  unlabelled: "Not labelled",
  in_progress: "In progress",
  done: "Done",
  sent_back: "Sent back",
  accepted: "Accepted",
} as const;
export const SPLIT_WORDS = { train: "Train", val: "Val", test: "Test" } as const;

export function hasFilters(filters: ImageFilters): boolean {
  return Object.values(imageQuery(filters)).some((value) => value !== undefined);
}

/** What shows every image. */
export const NO_FILTERS: ImageFilters = {
  split: "all",
  status: "all",
  class: 0,
  search: "",
  assignee: "all",
  has_comment: false,
  ground_truth: false,
  has_box: false,
  is_empty: false,
  is_pinned: false,
  import: 0,
};
