/** The list that a gallery of predictions shows: the gallery walks through it, and so does the editor opened from it. */
import type { Columns } from "@/review-data/columns";
import { selectImages, selectObjects } from "@/review-data/select";
import type { Tally } from "@/review-data/tally";
import { oneOf, readParams, writeParams } from "@/lib/urlState";
import { POSITION, SELECTION, selectionOf, type SelectionAddress } from "./address";
import { formatPlace, locate, type Place } from "./seen";

/** What decides which objects or images are in the list, and in which order. */
export const LIST = {
  ...POSITION,
  ...SELECTION,
  ordering: oneOf(["worst", "name"] as const, "worst"),
};
export type ListAddress = { [K in keyof typeof LIST]: ReturnType<(typeof LIST)[K]["parse"]> };

/** Numbers of objects or of images, in the order of the gallery. */
export function listItems(
  columns: Columns,
  address: SelectionAddress & Pick<ListAddress, "ordering">,
  confidence: number,
  tally: Tally,
): Int32Array {
  const selection = selectionOf(address);
  return address.view === "objects"
    ? selectObjects(columns, selection, confidence)
    : selectImages(columns, selection, tally, address.ordering);
}

/** What stands at a place of the list: an image, or an object of one. */
export function itemAt(
  columns: Columns,
  items: Int32Array,
  i: number,
  view: "images" | "objects",
): { image: number; place: Place | undefined } {
  const item = items[i] as number;
  return view === "objects" ? locate(columns, item) : { image: item, place: undefined };
}

/** Where the image, or the object, stands in the list; -1 where the filters have left it out. */
export function placeAmong(
  columns: Columns,
  items: Int32Array,
  view: "images" | "objects",
  image: number,
  meant: Place | null,
): number {
  if (view === "images") return items.indexOf(image);
  if (meant === null) return -1;
  const rows = meant.side === "label" ? columns.labels : columns.predictions;
  const number = (rows.start[image] ?? 0) + meant.index;
  const found = items.indexOf(meant.side === "label" ? ~number : number);
  if (found >= 0 || meant.side === "prediction") return found;
  // A label that was found is told by its prediction.
  const partner = columns.labels.match[number] ?? -1;
  return partner < 0 ? -1 : items.indexOf(partner);
}

/** A gallery as the address of the editor names it: where to go back to, and what is next. */
export type GalleryRef = {
  readonly run: number;
  /** At which the list was made, with all its digits. */
  readonly confidence: number;
  /** The gallery's own address, without the image that is open. */
  readonly query: string;
};

const OPEN = ["image", "object"];

export function galleryRef(run: number, confidence: number, search: URLSearchParams): GalleryRef {
  const params = new URLSearchParams(search);
  for (const name of OPEN) params.delete(name);
  return { run, confidence, query: params.toString() };
}

export function formatGallery({ run, confidence, query }: GalleryRef): string {
  return `${run}~${confidence}~${query}`;
}

export function parseGallery(raw: string | null): GalleryRef | null {
  const [, run, confidence, query = ""] = /^(\d{1,15})~([\d.e-]{1,30})~(.*)$/.exec(raw ?? "") ?? [];
  const at = Number(confidence);
  return run === undefined || !(at >= 0 && at <= 1) ? null : { run: Number(run), confidence: at, query };
}

export function listAddressOf({ query }: GalleryRef): ListAddress {
  return readParams(LIST, new URLSearchParams(query));
}

/** The gallery with an image open in it. */
export function galleryAddress({ run, query }: GalleryRef, image: string, place: Place | null): string {
  const params = writeParams(LIST, new URLSearchParams(query), {});
  params.set("image", image);
  if (place) params.set("object", formatPlace(place));
  return `/runs/${run}/predictions?${params}`;
}
