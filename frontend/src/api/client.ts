import createClient, { type Middleware } from "openapi-fetch";
import createQueryClient from "openapi-react-query";
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

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** What is no answer becomes an ApiProblem, thrown. */
const problems: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept", request.headers.get("Accept") ?? "application/json");
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return;
    const text = await response.text();
    const problem = problemFrom(response.status, parsed(text));
    noteSignedOut(problem);
    throw problem;
  },
  onError: ({ error }) => (isAbort(error) ? undefined : asProblem(error)),
};

/** A proxy may answer with a page of its own. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

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

/** What the server says where it refuses, which no operation of the schema repeats. */
type Refusing<Operation> = Operation extends { responses: infer Responses }
  ? Omit<Operation, "responses"> & {
      responses: Pick<Responses, keyof Responses & (200 | 201 | 202 | 204)> & {
        default: { content: { "application/json": ApiProblem } };
      };
    }
  : Operation;
export type Paths = { [Path in keyof paths]: { [Part in keyof paths[Path]]: Refusing<paths[Path][Part]> } };

/** The typed client: `api.GET("/api/datasets/{slug}/", { params: { path: { slug } } })`. */
export const api = createClient<Paths>({
  baseUrl: globalThis.location.origin,
  credentials: "same-origin",
  fetch: send,
});
api.use(problems);

/** Its hooks. A query is cached under ["get", address, parameters]; `keys` has what covers several of them. */
export const $api = createQueryClient(api);

/** The body of an answer: `await unwrap(api.GET(…))`. */
export async function unwrap<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
