import createClient, { type Middleware } from "openapi-fetch";
import { withCsrf } from "./csrf";
import type { paths } from "./schema";
import { type ApiProblem, asProblem, problemFrom } from "./problem";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

const signedOutListeners = new Set<() => void>();

/** Called when the server says that nobody is signed in (any more). */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** Tells the listeners where the problem is that nobody is signed in; whether it is. */
export function noteSignedOut(problem: ApiProblem): boolean {
  const isSignedOut = problem.status === 401 || problem.code === "not_authenticated";
  if (isSignedOut) for (const listener of signedOutListeners) listener();
  return isSignedOut;
}

const accept: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept", "application/json");
    return request;
  },
};

/** Sends a request of the client; one that changes something with the CSRF token. */
function send(request: Request): Promise<Response> {
  if (SAFE_METHODS.has(request.method)) return globalThis.fetch(request);
  let next = request;
  return withCsrf((token) => {
    const sent = next;
    next = sent.clone(); // its body can be read once
    sent.headers.set("X-CSRFToken", token);
    return globalThis.fetch(sent);
  });
}

/** The typed client: `api.GET("/api/datasets/{slug}/", { params: { path: { slug } } })`. */
export const api = createClient<paths>({
  baseUrl: globalThis.location.origin,
  credentials: "same-origin",
  fetch: send,
});
api.use(accept);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of an answer, or an ApiProblem thrown: `await unwrap(api.GET(…))`. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  let settled: Answer<T>;
  try {
    settled = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw asProblem(error);
  }
  const { data, error, response } = settled;
  if (!response.ok) {
    const problem = problemFrom(response.status, error);
    noteSignedOut(problem);
    throw problem;
  }
  return data as T;
}

/** The cursor out of a list's `next` address. */
export function cursorOf(next: string | null): string | undefined {
  if (!next) return undefined;
  return new URL(next, "http://segloop.invalid").searchParams.get("cursor") ?? undefined;
}
