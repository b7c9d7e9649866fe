/** An error of the server (RFC 9457 problem details) or of the way to it, as a sentence a person can act on. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, string[]>;
  /** The whole body, for problems that carry more (412 carries the current annotation). */
  readonly body: unknown;

  constructor(
    detail: string,
    status: number,
    code: string,
    fields: Record<string, string[]> = {},
    body: unknown = null,
  ) {
    super(detail);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.body = body;
  }
}

const FALLBACK: Record<number, string> = {
  400: "The server could not accept this. Check the form and try again.",
  401: "You are signed out. Sign in and try again.",
  403: "This is not allowed. Reload the page; if it stays so, ask a team lead or an administrator.",
  404: "This does not exist, or you are not a member of its dataset.",
  409: "Something changed in the meantime. Reload and try again.",
  412: "Somebody else saved this first. Reload to see their version.",
  413: "The file is larger than the server accepts.",
  429: "Too many attempts. Wait a minute and try again.",
  502: "The server is starting or has stopped. Try again in a moment.",
  503: "The server is busy or a part of it is down. Try again in a moment.",
  507: "The disk of the server is full: whoever runs it has to free some space.",
};

function sentenceFor(status: number): string {
  return (
    FALLBACK[status] ??
    (status >= 500
      ? "The server failed while answering. Try again; its log says more."
      : `The server refused this (${status}).`)
  );
}

function fieldsOf(value: unknown): Record<string, string[]> {
  if (typeof value !== "object" || value === null) return {};
  const fields: Record<string, string[]> = {};
  for (const [name, messages] of Object.entries(value)) {
    const list = Array.isArray(messages) ? messages : [messages];
    fields[name] = list.map((message) => (typeof message === "string" ? message : JSON.stringify(message)));
  }
  return fields;
}

/** Reads a problem out of a parsed body of any shape, so that a proxy's HTML page also ends as a sentence. */
export function problemFrom(status: number, body: unknown): ApiProblem {
  if (typeof body !== "object" || body === null) {
    return new ApiProblem(sentenceFor(status), status, "unknown", {}, body);
  }
  const { detail, title, code, errors } = body as Record<string, unknown>;
  const fields = fieldsOf(errors);
  const firstField = Object.values(fields)[0]?.[0];
  const sentence = [detail, firstField, title].find((text) => typeof text === "string" && text.trim() !== "");
  return new ApiProblem(
    typeof sentence === "string" ? sentence : sentenceFor(status),
    status,
    typeof code === "string" ? code : "unknown",
    fields,
    body,
  );
}

export function unreachable(): ApiProblem {
  return new ApiProblem(
    "The server cannot be reached. Check that Segloop is running and that this machine is connected.",
    0,
    "unreachable",
  );
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof TypeError) return unreachable();
  return new ApiProblem(error instanceof Error ? error.message : String(error), 0, "unknown");
}
