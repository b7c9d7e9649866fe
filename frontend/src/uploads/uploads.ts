import { useSyncExternalStore } from "react";
import { api, unwrap } from "@/api/client";
import { Invalidator } from "@/api/events";
import { invalidate, keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { queryClient } from "@/api/queryClient";
import { type Send, UploadError, type UploadItem, UploadQueue } from "./queue";
import { sendArchive } from "./resumable";
import { fingerprintOf, sortFiles } from "./sort";
import { postForm } from "./transfer";

const MAY_PASS = new Set([0, 401, 408, 423, 429, 500, 502, 503, 504, 507]);

const send: Send = async ({ file, kind, dataset, split }, onSent, signal) => {
  try {
    if (kind === "image" && file instanceof File) {
      await sendImage(file, { dataset, split }, onSent, signal);
      return { importId: null };
    }
    const content = file instanceof File ? file : file.pack();
    const name = file instanceof File ? file.name : `${file.name}.tar`;
    const archive = { content, name, dataset, fingerprint: fingerprintOf(file) };
    // Packing adds some bytes to each file of a folder; what is shown counts the files.
    const shown = (bytes: number) => onSent(content.size > 0 ? (bytes * file.size) / content.size : 0);
    return { importId: await sendArchive(archive, shown, signal) };
  } catch (error) {
    if (error instanceof UploadError) throw error;
    const problem = asProblem(error);
    throw new UploadError(problem.message, !MAY_PASS.has(problem.status));
  }
};

async function sendImage(
  file: File,
  { dataset, split }: { dataset: string; split: string | null },
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const form = new FormData();
  form.append("file", file, file.name);
  if (split) form.append("split", split);
  await postForm(`/api/datasets/${encodeURIComponent(dataset)}/images/`, form, onSent, signal);
}

const keysOf = ({ kind, dataset }: Pick<UploadItem, "kind" | "dataset">) =>
  kind === "image"
    ? [...keys.imagesOf(dataset), ...keys.dataset(dataset), ...keys.datasets]
    : [...keys.imports(dataset), ...keys.jobs, ...keys.uploads];

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
  onEnd: ({ fingerprint }) => {
    if (fingerprint) invalidator.add(keys.uploads);
  },
  discard: ({ fingerprint, dataset }) => void discardUnfinished(fingerprint, dataset),
  settle,
});

/** Drops what the server has of an upload that is not being sent. */
async function discardUnfinished(fingerprint: string, dataset: string): Promise<void> {
  const { results } = await unwrap(api.GET("/api/uploads/"));
  const left = results.filter((upload) => upload.fingerprint === fingerprint && upload.dataset === dataset);
  for (const upload of left) await cancelUpload(upload.id);
}

export async function cancelUpload(upload_id: string): Promise<void> {
  const header = { "Tus-Resumable": "1.0.0" };
  await api.DELETE("/api/uploads/{upload_id}/", { params: { path: { upload_id }, header } });
  await invalidate(queryClient, keys.uploads);
}

export function useUploads() {
  return useSyncExternalStore(uploads.subscribe, uploads.getSnapshot);
}

/** Leaving the application would cut off what is still being sent, so the browser asks first. */
window.addEventListener("beforeunload", (event) => {
  const { waiting, sending } = uploads.getSnapshot();
  if (waiting + sending > 0) event.preventDefault();
});

/** What broke off for want of a network goes on when there is one again. */
window.addEventListener("online", () => uploads.retryFailed());

/** Sends dropped files to a dataset: archives and folders with labels become imports, the rest images. */
export function uploadFiles(dataset: string, files: readonly File[], split: string | null): void {
  const { images, archives, set } = sortFiles(files);
  if (images.length > 0) uploads.add(images, { kind: "image", dataset, split });
  if (archives.length > 0) uploads.add(archives, { kind: "archive", dataset });
  if (set) uploads.add([set], { kind: "set", dataset });
}

/** Sends the rest of an upload that broke off, where `files` hold the same; whether they do. */
export function continueUpload(
  { fingerprint, dataset }: { fingerprint: string; dataset: string },
  files: readonly File[],
): boolean {
  const { archives, set } = sortFiles(files);
  const archive = archives.find((file) => fingerprintOf(file) === fingerprint);
  if (archive) uploads.add([archive], { kind: "archive", dataset });
  else if (set?.fingerprint === fingerprint) uploads.add([set], { kind: "set", dataset });
  else return false;
  return true;
}
