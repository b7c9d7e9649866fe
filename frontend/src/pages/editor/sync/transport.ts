import { noteSignedOut } from "@/api/client";
import { withCsrf } from "@/api/csrf";
import { type ApiProblem, asProblem, problemFrom } from "@/api/problem";
import type { Annotation, Status } from "@/api/types";
import type { Difference } from "@/canvas/document/difference";
import { spelledOut } from "@/canvas/model/document";
import { annotationAddress } from "./places";

export type Save = {
  /** Of the image, or of its second annotation (`places`). */
  readonly image: string;
  readonly baseRevision: number;
  readonly difference: Difference;
  readonly status: Status | null;
};

export type SaveAnswer =
  | { readonly kind: "saved"; readonly revision: number; readonly status: Status }
  /** Somebody else saved first; `current` is what the server has now. */
  | { readonly kind: "conflict"; readonly current: Annotation }
  | { readonly kind: "unreachable"; readonly problem: ApiProblem }
  | { readonly kind: "signed_out" }
  /** The server understood and said no: sending it again will not help. */
  | { readonly kind: "refused"; readonly problem: ApiProblem };

export type Transport = (save: Save) => Promise<SaveAnswer>;

const TIMEOUT_MS = 30_000;

/** Sends one difference. Every way it can end is an answer; it never throws. */
export async function sendSave({ image, baseRevision, difference, status }: Save): Promise<SaveAnswer> {
  let response: Response;
  let body: unknown = null;
  try {
    const content = JSON.stringify({
      ...difference,
      upsert: difference.upsert.map(spelledOut),
      ...(status === null ? {} : { status }),
    });
    response = await withCsrf((token) =>
      fetch(annotationAddress(image), {
        method: "PATCH",
        credentials: "same-origin",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": token,
          "If-Match": `"${baseRevision}"`,
        },
        body: content,
      }),
    );
    body = await response.json().catch(() => null);
  } catch (error) {
    return { kind: "unreachable", problem: asProblem(error) };
  }
  if (response.ok) return savedFrom(body) ?? { kind: "unreachable", problem: problemFrom(502, null) };
  const problem = problemFrom(response.status, body);
  if (noteSignedOut(problem)) return { kind: "signed_out" };
  const current = (body as { current?: Annotation } | null)?.current;
  if (response.status === 412 && current) return { kind: "conflict", current };
  const mayPass = response.status >= 500 || response.status === 408 || response.status === 429;
  return { kind: mayPass ? "unreachable" : "refused", problem };
}

/** A proxy may answer 200 with a page of its own: only the server's own words count as saved. */
function savedFrom(body: unknown): SaveAnswer | null {
  if (typeof body !== "object" || body === null) return null;
  const { revision, status } = body as { revision?: unknown; status?: Status };
  return typeof revision === "number" && status ? { kind: "saved", revision, status } : null;
}
