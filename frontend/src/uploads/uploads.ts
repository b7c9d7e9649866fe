import { useSyncExternalStore } from "react";
import { api, unwrap } from "@/api/client";
import { Invalidator } from "@/api/events";
import { invalidate, keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { queryClient } from "@/api/queryClient";
import { sortForPrediction, sourceOf } from "./dropped";
import { forgetFields, recallFields, rememberFields } from "./fields";
import { startPrediction } from "./predicting";
import {
  type PredictionFields,
  type Send,
  type Source,
  UploadError,
  type UploadItem,
  UploadQueue,
} from "./queue";
import { type Archive, sendArchive, sendFile } from "./resumable";
import { fingerprintOf, isFolder, sortFiles } from "./sort";
import { postForm } from "./transfer";

const MAY_PASS = new Set([0, 401, 408, 423, 429, 500, 502, 503, 504, 507]);

const send: Send = async ({ file, kind, dataset, split, prediction }, onSent, signal) => {
  try {
    if (kind === "image" && file instanceof File) {
      await sendImage(file, { dataset, split }, onSent, signal);
      return {};
    }
    const content = file instanceof File ? file : file.pack();
    const name = file instanceof File ? file.name : `${file.name}.tar`;
    const archive = { content, name, dataset, fingerprint: fingerprintOf(file) };
    // Packing adds some bytes to each file of a folder; what is shown counts the files.
    const shown = (bytes: number) => onSent(content.size > 0 ? (bytes * file.size) / content.size : 0);
    if (kind === "prediction")
      return { predictionId: await sendToPredict(archive, prediction, shown, signal) };
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

/** Uploads that are whole but whose prediction has not been started yet, by fingerprint. */
const whole = new Map<string, string>();

/** Sends a file, then starts the prediction on it. */
async function sendToPredict(
  archive: Archive,
  fields: PredictionFields,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const { fingerprint } = archive;
  rememberFields(fingerprint, fields);
  const upload = whole.get(fingerprint) ?? (await sendFile(archive, onSent, signal));
  whole.set(fingerprint, upload);
  const { id } = await startPrediction({ ...fields, upload }, [], undefined, signal);
  whole.delete(fingerprint);
  forgetFields(fingerprint);
  return id;
}

function keysOf({ kind, dataset }: Pick<UploadItem, "kind" | "dataset">) {
  if (kind === "image") return [...keys.imagesOf(dataset), ...keys.dataset(dataset), ...keys.datasets];
  if (kind === "prediction") return [...keys.predictions, ...keys.jobs, ...keys.uploads];
  return [...keys.imports(dataset), ...keys.jobs, ...keys.uploads];
}

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

/** Sends what a request cannot carry, and starts a prediction on each; returns the ids of the items. */
export function uploadToPredict(sources: readonly Source[], prediction: PredictionFields): number[] {
  return uploads.add(sources, { kind: "prediction", dataset: "", prediction });
}

/** Whether this browser knows with which model an upload is to be predicted on. */
export function knowsPrediction({ fingerprint }: { fingerprint: string }): boolean {
  return recallFields(fingerprint) !== undefined;
}

/** Goes on with a file whose prediction was asked for in this browser. */
function continuePrediction(fingerprint: string, files: readonly File[]): boolean {
  const sources = sortForPrediction(files, { isFolder: isFolder(fingerprint) }).parts.flatMap(sourceOf);
  const same = sources.find((source) => fingerprintOf(source) === fingerprint);
  const fields = recallFields(fingerprint);
  if (!same || !fields) return false;
  uploadToPredict([same], fields);
  return true;
}

/** Sends the rest of an upload that broke off, where `files` hold the same; whether they do. */
export function continueUpload(
  { fingerprint, dataset }: { fingerprint: string; dataset: string },
  files: readonly File[],
): boolean {
  if (!dataset) return continuePrediction(fingerprint, files);
  const { archives, set } = sortFiles(files);
  const archive = archives.find((file) => fingerprintOf(file) === fingerprint);
  if (archive) uploads.add([archive], { kind: "archive", dataset });
  else if (set?.fingerprint === fingerprint) uploads.add([set], { kind: "set", dataset });
  else return false;
  return true;
}
