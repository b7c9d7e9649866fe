import { withCsrf } from "@/api/csrf";
import { noteSignedOut } from "@/api/client";
import { ApiProblem, asProblem, problemFrom, unreachable } from "@/api/problem";
import { FLOOR } from "../address";
import type { LiveAnswer, ModelItem } from "@/api/types";

/** Where a model answers at once: a served model by its name, any other by its reference. */
export function askAddress({
  kind,
  reference,
  name,
}: Pick<ModelItem, "kind" | "reference" | "name">): string {
  // Everything from the floor on: the slider acts here, without asking again.
  const query = new URLSearchParams({ conf: String(FLOOR) });
  if (kind === "served") return `/api/models/${encodeURIComponent(name)}/predict/?${query.toString()}`;
  query.set("model", reference);
  return `/api/predict-once/?${query.toString()}`;
}

/** Asks a warm model for the objects in one image. Throws ApiProblem. */
export async function askModel(model: ModelItem, image: Blob, signal: AbortSignal): Promise<LiveAnswer> {
  const response = await withCsrf((token) =>
    fetch(
      new Request(new URL(askAddress(model), location.origin), {
        method: "POST",
        body: image,
        headers: {
          "Content-Type": image.type || "image/jpeg",
          Accept: "application/json",
          "X-CSRFToken": token,
        },
        credentials: "same-origin",
        signal,
      }),
    ),
  ).catch((error: unknown) => {
    throw signal.aborted ? error : unreachable();
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as LiveAnswer;
  const problem = problemFrom(response.status, body);
  noteSignedOut(problem);
  throw problem;
}

/** What passes by itself: the queue is full, no worker yet, a time limit, a lost connection. */
const PASSES = new Set([0, 429, 502, 503, 504]);
const AGAIN_MS = 2_000;

/** After how many milliseconds to ask again; null where asking again makes no difference. */
export function askAgainAfter(error: unknown): number | null {
  if (!(error instanceof ApiProblem) || error.code === "model_failed") return null;
  return PASSES.has(error.status) ? AGAIN_MS : null;
}

/** What the person waits for, in a sentence: the model itself, unless too much is asked at once. */
export function waitsForWords(error: unknown): string {
  const { status, message } = asProblem(error);
  return status === 429 ? message : `Loading the model: ${message}`;
}
