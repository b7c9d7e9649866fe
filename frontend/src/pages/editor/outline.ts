import { noteSignedOut } from "@/api/client";
import { withCsrf } from "@/api/csrf";
import { asProblem, problemFrom } from "@/api/problem";
import type { Outliner } from "@/canvas/assist/outliner";
import type { Polygons } from "@/canvas/geometry/types";

/** The server gives up sooner, with a sentence of its own. */
const TIMEOUT_MS = 30_000;

/** Asks the server for the outline of what lies in a box of this image. */
export function outlinerFor(image: string): Outliner {
  return async (request, signal) => {
    let response: Response;
    try {
      response = await withCsrf((token) =>
        fetch(`/api/images/${image}/outline/`, {
          method: "POST",
          credentials: "same-origin",
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
          headers: {
            "Content-Type": "application/json",
            Accept: "application/json",
            "X-CSRFToken": token,
          },
          body: JSON.stringify(request),
        }),
      );
    } catch (error) {
      throw asProblem(error);
    }
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) {
      const problem = problemFrom(response.status, body);
      noteSignedOut(problem);
      throw problem;
    }
    // A proxy may answer 200 with a page of its own.
    const { polygons } = (body ?? {}) as { polygons?: unknown };
    if (!Array.isArray(polygons)) throw problemFrom(502, null);
    return polygons as Polygons;
  };
}
