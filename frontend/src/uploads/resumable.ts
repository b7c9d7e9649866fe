import { DetailedError, Upload } from "tus-js-client";
import { api, noteSignedOut, unwrap } from "@/api/client";
import { csrfToken, isCsrfFailure, renewCsrfToken } from "@/api/csrf";
import { type ApiProblem, problemFrom, unreachable } from "@/api/problem";
import { PAUSED, UploadError } from "./queue";

/** The server puts each part on its disk before the next is sent; proxies with limits take it, too. */
const CHUNK_BYTES = 32 * 1024 ** 2;
const RETRY_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000, 60_000];
const RETRIED = new Set([0, 409, 423, 429, 500, 502, 503, 504]);

/** `dataset`: into which it is imported; "" for what is predicted on. */
export type Archive = { content: Blob; name: string; dataset: string; fingerprint: string };

/** Where uploads of what is predicted on begin. */
const PREDICTION_UPLOADS = "/api/predictions/uploads/";

/** Sends an archive by tus, behind what the server has of it already. Resolves to the import that it became. */
export async function sendArchive(
  archive: Archive,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number | null> {
  const upload_id = await sendFile(archive, onSent, signal);
  const upload = await unwrap(api.GET("/api/uploads/{upload_id}/", { params: { path: { upload_id } } }));
  if (upload.error) throw new UploadError(upload.error, true);
  return upload.import_job;
}

/** Sends a file by tus, behind what the server has of it already. Resolves to the id of the upload. */
export async function sendFile(
  archive: Archive,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const known = await findUnfinished(archive);
  signal.throwIfAborted();
  const address = await send(archive, known, onSent, signal);
  return address.replace(/\/$/, "").split("/").pop() ?? "";
}

/** The address of an upload of the same file that broke off, from this window or another computer. */
async function findUnfinished({ fingerprint, dataset }: Archive): Promise<string | undefined> {
  const { results } = await unwrap(api.GET("/api/uploads/", { params: { query: { page_size: 50 } } }));
  const same = results.find((upload) => upload.fingerprint === fingerprint && upload.dataset === dataset);
  return same && new URL(`/api/uploads/${same.id}/`, location.origin).href;
}

function send(
  { content, name, dataset, fingerprint }: Archive,
  uploadUrl: string | undefined,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject: (reason: unknown) => void) => {
    let renewed = false;
    const upload = new Upload(content, {
      endpoint: new URL(
        dataset ? `/api/datasets/${encodeURIComponent(dataset)}/uploads/` : PREDICTION_UPLOADS,
        location.origin,
      ).href,
      uploadUrl: uploadUrl ?? null,
      metadata: { filename: name, fingerprint },
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_MS,
      storeFingerprintForResuming: false,
      headers: { Accept: "application/json" },
      onBeforeRequest: (request) => request.setHeader("X-CSRFToken", csrfToken()),
      onShouldRetry: (error) => {
        const problem = problemOf(error);
        return RETRIED.has(problem.status) && navigator.onLine;
      },
      onProgress: onSent,
      onSuccess: () => resolve(upload.url ?? ""),
      onError: (error) => {
        const problem = problemOf(error);
        noteSignedOut(problem);
        if (!renewed && isCsrfFailure(problem.status, problem.body)) {
          renewed = true;
          void renewCsrfToken().then(() => upload.start());
        } else reject(problem);
      },
    });
    signal.addEventListener("abort", () => {
      const isPaused = signal.reason === PAUSED;
      void upload
        .abort(!isPaused)
        .catch(() => undefined) // what cannot be deleted now goes after a day
        .then(() => reject(new DOMException("Stopped", "AbortError")));
    });
    upload.start();
  });
}

function problemOf(error: unknown): ApiProblem {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (!response || response.getStatus() === 0) return unreachable();
  let body: unknown = null;
  try {
    body = JSON.parse(response.getBody());
  } catch {
    // A proxy's page, or an answer without a body.
  }
  return problemFrom(response.getStatus(), body);
}
