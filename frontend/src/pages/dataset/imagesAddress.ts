import { type ImageFilters, imageQuery, SORTS } from "@/api/images";
import { NO_INSIGHTS } from "@/api/insightFilters";
import { flag, matching, numberIn, oneOf, type Read, text } from "@/lib/urlState";
import { BIN_LABELS, CELLS, IMAGE_FINDINGS } from "./insights/words";

/** In the order in which an image goes through them. */
export const STATUSES = ["unlabelled", "in_progress", "done", "sent_back", "accepted"] as const;
export const ORDERINGS = SORTS.flatMap((name) => [name, `-${name}`] as const);
export const TILES = ["compact", "medium", "large"] as const;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const id = () => numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0);
const end = () => numberIn(-1, 1e15, -1, 0);
const person = () => matching(/^(me|[1-9]\d{0,17})$/, "all");
const day = () => matching(DAY, "");

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

/** Filters that the page Export takes along as they are. */
export const GRID_FILTERS = {
  class: id(),
  search: text(),
  assignee: matching(/^(me|none|[1-9]\d{0,17})$/, "all"),
  has_comment: flag(),
  ground_truth: flag(),
  has_box: flag(),
  is_empty: flag(),
  is_pinned: flag(),
  import: id(),
  without_class: id(),
  tag: matching(/^(none|[1-9]\d{0,17})$/, "all"),
  group: text(),
  edited_by: person(),
  finished_by: person(),
  min_objects: end(),
  max_objects: end(),
  min_width: end(),
  max_width: end(),
  min_height: end(),
  max_height: end(),
  min_bytes: end(),
  max_bytes: end(),
  created_since: day(),
  created_until: day(),
  updated_since: day(),
  updated_until: day(),
  ...INSIGHTS_ADDRESS,
};

/** Filters of the image list as they stand in the address; the editor reads the same names. */
export const IMAGES_ADDRESS = {
  split: oneOf(["all", "train", "val", "test"], "all"),
  status: oneOf(["all", ...STATUSES], "all"),
  ...GRID_FILTERS,
  ordering: oneOf(ORDERINGS, "stem"),
};

export type ImagesAddress = Read<typeof IMAGES_ADDRESS>;

/** What the grid shows beyond its filters: how large the tiles are, and the image that others are compared with. */
export const GRID_ADDRESS = {
  tile: oneOf(TILES, "medium"),
  similar: matching(/^[0-9a-f-]{36}$/, ""),
};

export type GridAddress = Read<typeof GRID_ADDRESS>;

export const ORDERING_WORDS: Record<(typeof ORDERINGS)[number], string> = {
  stem: "By name",
  "-stem": "By name, backwards",
  "-updated_at": "Changed last",
  updated_at: "Changed first",
  "-created_at": "Added last",
  created_at: "Added first",
  "-instance_count": "Most objects",
  instance_count: "Fewest objects",
  "-size_bytes": "Largest file",
  size_bytes: "Smallest file",
};

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

export const NO_GRID_FILTERS: Omit<ImageFilters, "split" | "status"> = {
  class: 0,
  search: "",
  assignee: "all",
  has_comment: false,
  ground_truth: false,
  has_box: false,
  is_empty: false,
  is_pinned: false,
  import: 0,
  without_class: 0,
  tag: "all",
  group: "",
  edited_by: "all",
  finished_by: "all",
  min_objects: -1,
  max_objects: -1,
  min_width: -1,
  max_width: -1,
  min_height: -1,
  max_height: -1,
  min_bytes: -1,
  max_bytes: -1,
  created_since: "",
  created_until: "",
  updated_since: "",
  updated_until: "",
  ...NO_INSIGHTS,
};

/** What shows every image. */
export const NO_FILTERS: ImageFilters = { split: "all", status: "all", ...NO_GRID_FILTERS };
