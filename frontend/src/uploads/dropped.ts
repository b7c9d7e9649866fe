import { IMAGE_FILES } from "@/lib/image-kinds";
import { plural } from "@/lib/format";
import { type FileSet, isArchive, isVideo, makeSet } from "./sort";

/** Images up to so many and so large go with the request; more go as one archive that continues after a break. */
export const MOST_AT_ONCE = { files: 100, bytes: 64 * 1024 ** 2 };

/** What one prediction reads out of what a person dropped or chose. */
export type Part =
  | { kind: "images"; files: File[] }
  | { kind: "folder"; set: FileSet }
  | { kind: "archive" | "video"; file: File };

export type Sorted = { parts: Part[]; left: File[] };

const IMAGE = new RegExp(`(${Object.values(IMAGE_FILES).flat().join("|").replaceAll(".", "\\.")})$`, "i");
const isImage = (file: File) =>
  IMAGE.test(file.name) || (file.type.startsWith("image/") && !/svg/.test(file.type));

/** All images are one prediction; each archive and each video is one of its own. What is none of them is left out. */
export function sortForPrediction(files: readonly File[], { isFolder = false } = {}): Sorted {
  const images = files.filter((file) => !isArchive(file) && !isVideo(file) && isImage(file));
  const own = files.filter((file) => isArchive(file) || isVideo(file));
  const parts: Part[] = own.map((file) => ({ kind: isVideo(file) ? "video" : "archive", file }));
  if (images.length > 0)
    parts.unshift(
      isFolder || isLarge(images)
        ? { kind: "folder", set: makeSet(images) }
        : { kind: "images", files: images },
    );
  return { parts, left: files.filter((file) => !images.includes(file) && !own.includes(file)) };
}

/** What is sent by parts, and goes on after a break; images that go with the request are none. */
export function sourceOf(part: Part): (File | FileSet)[] {
  if (part.kind === "images") return [];
  return [part.kind === "folder" ? part.set : part.file];
}

const bytesOf = (files: readonly File[]) => files.reduce((sum, { size }) => sum + size, 0);

function isLarge(files: readonly File[]): boolean {
  return files.length > MOST_AT_ONCE.files || bytesOf(files) > MOST_AT_ONCE.bytes;
}

export function sizeOf(part: Part): number {
  if (part.kind === "images") return bytesOf(part.files);
  return part.kind === "folder" ? part.set.size : part.file.size;
}

/** "3 images", "the video run.mp4". */
export function partWords(part: Part): string {
  if (part.kind === "images") return plural(part.files.length, "image");
  if (part.kind === "folder") return plural(part.set.count, "image");
  return `the ${part.kind} ${part.file.name}`;
}

/** "Predict on 3 images"; on several parts at once: "Start 2 predictions". */
export function startWords(parts: readonly Part[]): string {
  const [first, ...others] = parts;
  if (!first) return "Predict";
  if (others.length > 0) return `Start ${parts.length} predictions`;
  return first.kind === "video" || first.kind === "archive"
    ? `Predict on this ${first.kind}`
    : `Predict on ${partWords(first)}`;
}

const MOST_NAMED = 3;

/** Says which files were left out; "" where none was. */
export function leftWords(left: readonly File[]): string {
  if (left.length === 0) return "";
  const names = left.slice(0, MOST_NAMED).map(({ name }) => name);
  const rest = left.length - names.length;
  const named = rest > 0 ? `${names.join(", ")} and ${rest} more` : names.join(", ");
  return `Left out, neither image, archive nor video: ${named}.`;
}

/** The files of a paste; screenshots all have the same name, so each gets a number. */
export function pastedFiles(data: Pick<DataTransfer, "files"> | null, known: number): File[] {
  const files = [...(data?.files ?? [])];
  return files.map((file, i) =>
    file.name === "image.png" ? new File([file], `pasted-${known + i + 1}.png`, { type: file.type }) : file,
  );
}
