import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api, unwrap } from "./client";
import { withCsrf } from "./csrf";

const FAILED = () =>
  Response.json(
    { detail: "The page's security token is out of date.", code: "csrf_failed" },
    { status: 403 },
  );

let sent: { method: string; path: string; token: string | null; body: string }[];
let answers: (() => Response)[];

beforeEach(() => {
  sent = [];
  answers = [];
  document.cookie = "csrftoken=old";
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const request = new Request(new URL(input instanceof Request ? input.url : input, "http://localhost"), {
      ...(input instanceof Request
        ? { method: input.method, headers: input.headers, body: (await input.text()) || undefined }
        : init),
    });
    const { pathname: path } = new URL(request.url);
    const token = request.headers.get("X-CSRFToken");
    sent.push({ method: request.method, path, token, body: await request.text() });
    if (path === "/api/session/" && request.method === "GET") {
      document.cookie = "csrftoken=new";
      return Response.json({ user: null });
    }
    return (answers.shift() ?? FAILED)();
  });
});

afterEach(() => vi.unstubAllGlobals());

it("takes a new token where the old one is refused, and sends the same once more", async () => {
  answers = [FAILED, () => Response.json({ key: "k" }, { status: 201 })];
  await unwrap(api.POST("/api/me/tokens/", { body: { name: "nightly", days: 7 } }));
  expect(sent.map(({ method, path, token }) => [method, path, token])).toEqual([
    ["POST", "/api/me/tokens/", "old"],
    ["GET", "/api/session/", null],
    ["POST", "/api/me/tokens/", "new"],
  ]);
  expect(sent[2]?.body).toBe(sent[0]?.body);
});

it("repeats once only, and then says why", async () => {
  const problem = await unwrap(api.POST("/api/me/tokens/", { body: { name: "x", days: 7 } })).catch(
    (error: unknown) => error,
  );
  expect((problem as Error).message).toMatch(/security token is out of date/);
  expect(sent).toHaveLength(3);
});

it("leaves a 403 about a role as it is", async () => {
  answers = [
    () => Response.json({ detail: "This needs a team lead.", code: "not_allowed" }, { status: 403 }),
  ];
  const response = await withCsrf((token) =>
    fetch("/api/x/", { method: "POST", headers: { "X-CSRFToken": token } }),
  );
  expect(((await response.json()) as { code: string }).code).toBe("not_allowed");
  expect(sent).toHaveLength(1);
});
