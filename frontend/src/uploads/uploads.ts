import { useSyncExternalStore } from "react";
import { Invalidator } from "@/api/events";
import { invalidate, keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { queryClient } from "@/api/queryClient";
import { type Send, UploadError, type UploadItem, UploadQueue } from "./queue";
import { postForm } from "./transfer";

const MAY_PASS = new Set([0, 401, 408, 429, 500, 502, 503, 504]);

const send: Send = async ({ file, kind, dataset, split }, onSent, signal) => {
  const form = new FormData();
  form.append("file", file, file.name);
  if (split) form.append("split", split);
  const place = kind === "image" ? "images" : "imports";
  try {
    const answer = await postForm<{ id: number | string }>(
      `/api/datasets/${encodeURIComponent(dataset)}/${place}/`,
      form,
      onSent,
      signal,
    );
    return { importId: kind === "archive" ? Number(answer.id) : null };
  } catch (error) {
    const problem = asProblem(error);
    throw new UploadError(problem.message, !MAY_PASS.has(problem.status));
  }
};

const keysOf = ({ kind, dataset }: Pick<UploadItem, "kind" | "dataset">) =>
  kind === "image"
    ? [...keys.imagesOf(dataset), ...keys.dataset(dataset), ...keys.datasets]
    : [...keys.imports(dataset), ...keys.jobs];

const invalidator = new Invalidator((queryKey) => void queryClient.invalidateQueries({ queryKey }), 1_000);

/** What was uploaded since the pages were last brought up to date. */
const arrived = new Map<string, readonly unknown[]>();

/** Reads again all that the uploads changed: a count in a header is true when it says "uploaded". */
async function settle(): Promise<void> {
  const changed = [...arrived.values()];
  arrived.clear();
  await invalidate(queryClient, changed);
}

export const uploads = new UploadQueue({
  send,
  onDone: (item) => {
    const changed = keysOf(item);
    invalidator.add(changed);
    for (const key of changed) arrived.set(JSON.stringify(key), key);
  },
  settle,
});

export function useUploads() {
  return useSyncExternalStore(uploads.subscribe, uploads.getSnapshot);
}

/** Leaving the application would cut off what is still being sent, so the browser asks first. */
window.addEventListener("beforeunload", (event) => {
  const { waiting, sending } = uploads.getSnapshot();
  if (waiting + sending > 0) event.preventDefault();
});

function splitByKind(files: readonly File[]): { images: File[]; archives: File[] } {
  const isArchive = (file: File) => /\.zip$/i.test(file.name);
  return { images: files.filter((file) => !isArchive(file)), archives: files.filter(isArchive) };
}

/** Sends dropped files to a dataset: .zip files become imports, everything else is sent as an image. */
export function uploadFiles(dataset: string, files: readonly File[], split: string | null): void {
  const { images, archives } = splitByKind(files);
  if (images.length > 0) uploads.add(images, { kind: "image", dataset, split });
  if (archives.length > 0) uploads.add(archives, { kind: "archive", dataset });
}
