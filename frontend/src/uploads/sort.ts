import { packTar } from "./tar";

/** What a person dropped or chose, in the three ways in which it is sent. */
export type Sorted = { images: File[]; archives: File[]; set: FileSet | null };
export type FileSet = { name: string; pack: () => Blob; count: number; size: number; fingerprint: string };

const ARCHIVE = /\.(zip|tar|tar\.gz|tgz|tar\.zst)$/i;
const VIDEO = /\.(mp4|m4v|mov|qt|mkv|webm|avi|mpe?g|mpe|m2v|ts|mts|m2ts|flv|wmv|asf|ogv|3gp|3g2|mxf)$/i;
const LABELS = /\.(txt|json|xml|ya?ml|csv|names|data)$/i;
const IRRELEVANT = /^(readme|licen[sc]e|\.)/i;

export const ARCHIVE_FILES =
  ".zip,.tar,.tar.gz,.tgz,.tar.zst,application/zip,application/x-tar,application/gzip,video/*,.mkv";

/** Makes a file chooser choose a folder. */
export const FOLDERS = { webkitdirectory: "" } as Record<string, string>;

export const isArchive = ({ name }: { name: string }): boolean => ARCHIVE.test(name);
export const isVideo = ({ name }: { name: string }): boolean => VIDEO.test(name);

/** Where a file lies in what was dropped: `cats/images/a.jpg`, or its name alone. */
function pathOf(file: File & { path?: string }): string {
  const path = file.webkitRelativePath || file.path || file.name;
  return path.replace(/^(\.?\/)+/, "") || file.name;
}

/** Archives go as they are, and so does a video that comes alone; videos with other files, a folder with labels, or
 *  whose folders say something, go as one set; all else is sent image by image. */
export function sortFiles(files: readonly File[]): Sorted {
  const archives = files.filter((file) => ARCHIVE.test(file.name) && !pathOf(file).includes("/"));
  const others = files.filter((file) => !archives.includes(file));
  const [first] = others;
  if (first && others.length === 1 && VIDEO.test(first.name))
    return { images: [], archives: [...archives, first], set: null };
  if (!isSet(others)) return { images: others, archives, set: null };
  return { images: [], archives, set: makeSet(others) };
}

function isSet(files: readonly File[]): boolean {
  const isLabel = ({ name }: File) => LABELS.test(name) && !IRRELEVANT.test(name);
  const hasFolders = files.some((file) => pathOf(file).split("/").length > 2);
  const names = new Set(files.map(({ name }) => name));
  const hasVideos = files.some(({ name }) => VIDEO.test(name));
  return files.some(isLabel) || hasVideos || hasFolders || names.size < files.length;
}

/** Files that go as one archive, which is packed while it is sent. */
export function makeSet(files: readonly File[]): FileSet {
  // In one order, so that the same folder makes the same archive when it is chosen again.
  const members = files
    .map((file) => ({ path: pathOf(file), file }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const tops = new Set(members.map(({ path }) => path.split("/")[0]));
  const [first = "files"] = tops;
  const described = members.map(({ path, file }) => `${path}\n${file.size}\n${file.lastModified}`).join("\n");
  return {
    name: tops.size === 1 && files.length > 1 ? first : "files",
    pack: () => packTar(members),
    count: files.length,
    size: files.reduce((sum, { size }) => sum + size, 0),
    fingerprint: `set:${files.length}:${hash(described)}`,
  };
}

/** By what a file or a folder is known again, in this browser or another. */
export function fingerprintOf(source: File | FileSet): string {
  if ("fingerprint" in source) return source.fingerprint;
  return `file:${source.size}:${source.lastModified}:${hash(source.name)}`;
}

/** Whether a fingerprint is that of a folder. */
export const isFolder = (fingerprint: string): boolean => fingerprint.startsWith("set:");

/** 64 bits of FNV-1a, which need no secure context as crypto.subtle does. */
function hash(text: string): string {
  let [low, high] = [0x811c9dc5, 0xc9dc5118];
  for (let at = 0; at < text.length; at += 1) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ (text.charCodeAt(at) + at), 0x85ebca6b);
  }
  return (low >>> 0).toString(16).padStart(8, "0") + (high >>> 0).toString(16).padStart(8, "0");
}
