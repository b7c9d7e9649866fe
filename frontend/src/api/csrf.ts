/** Django's CSRF token, which it puts in a cookie for us to send back as X-CSRFToken. */
export function csrfToken(cookies: string = document.cookie): string {
  const pair = cookies.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
  return pair ? decodeURIComponent(pair.slice("csrftoken=".length)) : "";
}

/** Whether the server refused the token alone; anything else of a 403 is about roles. */
export function isCsrfFailure(status: number, body: unknown): boolean {
  return status === 403 && (body as { code?: unknown } | null)?.code === "csrf_failed";
}

/** Asks the server for a new cookie: the old one has run out or was deleted. */
export async function renewCsrfToken(): Promise<void> {
  const options: RequestInit = { credentials: "same-origin", cache: "no-store" };
  await globalThis.fetch("/api/session/", options).catch(() => undefined); // the next request says why
}

/** Sends with the token; where the server refuses it, takes a new one and sends once more. */
export async function withCsrf(send: (token: string) => Promise<Response>): Promise<Response> {
  const response = await send(csrfToken());
  if (response.status !== 403) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (!isCsrfFailure(response.status, body)) return response;
  await renewCsrfToken();
  return send(csrfToken());
}
