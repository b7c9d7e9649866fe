import { type ImageFilters, imageQuery } from "@/api/images";
import { NO_INSIGHTS } from "@/api/insightFilters";
import { flag, matching, numberIn, oneOf, type Read, text } from "@/lib/urlState";
import { BIN_LABELS, CELLS, IMAGE_FINDINGS } from "./insights/words";

/** In the order in which an image goes through them. */
export const STATUSES = ["unlabelled", "in_progress", "done", "sent_back", "accepted"] as const;
const ORDERINGS = ["stem", "-updated_at"] as const;

const bin = (count: number) => numberIn(-1, count - 1, -1, 0);

/** What bars, cells and findings of the Insights page lead to. */
const INSIGHTS_ADDRESS = {
  finding: oneOf([...IMAGE_FINDINGS, ""], ""),
  set_aside: flag(),
  with_class: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
  size: bin(BIN_LABELS.size.length),
  points: bin(BIN_LABELS.points.length),
  aspect: bin(BIN_LABELS.aspect.length),
  cell: bin(CELLS),
  objects: bin(BIN_LABELS.objects.length),
  pixels: bin(BIN_LABELS.pixels.length),
  shape: bin(BIN_LABELS.shape.length),
  brightness: bin(BIN_LABELS.brightness.length),
  sharpness: bin(BIN_LABELS.sharpness.length),
};

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
  ...INSIGHTS_ADDRESS,
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
  ...NO_INSIGHTS,
};
