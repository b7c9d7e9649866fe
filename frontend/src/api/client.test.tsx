import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { $api, api, onSignedOut, unwrap } from "./client";
import { useRuns } from "./runs";

let answer: (url: URL, request: Request) => Response;

beforeEach(() => {
  vi.stubGlobal("fetch", async (request: Request) => {
    request.signal.throwIfAborted();
    return answer(new URL(request.url), request);
  });
});
afterEach(() => vi.unstubAllGlobals());

function wrapper({ children }: { children: ReactNode }) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}

describe("what is no answer", () => {
  it.each([
    [
      "a problem of ours",
      () => Response.json({ detail: "Choose another name." }, { status: 400 }),
      400,
      /another/,
    ],
    ["a proxy's page", () => new Response("<h1>Bad gateway</h1>", { status: 502 }), 502, /starting/],
    [
      "an empty answer",
      () => new Response(null, { status: 503, headers: { "Content-Length": "0" } }),
      503,
      /busy/,
    ],
  ])("is a problem in a hook and in a call: %s", async (_, refuse, status, words) => {
    answer = refuse;
    const { result } = renderHook(() => $api.useQuery("get", "/api/my-work/"), { wrapper });
    await waitFor(() => expect(result.current.isError).toBe(true));
    expect(result.current.error).toMatchObject({ name: "ApiProblem", status });
    expect(result.current.error?.message).toMatch(words);
    await expect(unwrap(api.GET("/api/my-work/"))).rejects.toMatchObject({ name: "ApiProblem", status });
  });

  it("is told apart: no server, and a request that was given up", async () => {
    answer = () => {
      throw new TypeError("Failed to fetch");
    };
    await expect(unwrap(api.GET("/api/my-work/"))).rejects.toMatchObject({ code: "unreachable" });
    const signal = AbortSignal.abort();
    await expect(unwrap(api.GET("/api/my-work/", { signal }))).rejects.toMatchObject({ name: "AbortError" });
  });

  it("says that nobody is signed in, whoever asked", async () => {
    const listener = vi.fn();
    const stop = onSignedOut(listener);
    answer = () => Response.json({ detail: "Sign in.", code: "not_authenticated" }, { status: 403 });
    renderHook(() => $api.useQuery("get", "/api/my-work/"), { wrapper });
    await waitFor(() => expect(listener).toHaveBeenCalledOnce());
    stop();
  });
});

it("asks for the first page without a cursor and for the next with the one it was given", async () => {
  const asked: string[] = [];
  answer = (url) => {
    asked.push(url.search);
    const isLast = url.searchParams.has("cursor");
    const next = isLast ? null : "http://elsewhere/api/runs/?cursor=abc%3D&page_size=50";
    return Response.json({ next, previous: null, results: [{ id: asked.length }] });
  };
  const { result } = renderHook(() => useRuns({ dataset: "pond", state: "all", search: "" }), { wrapper });
  await waitFor(() => expect(result.current.items).toEqual([{ id: 1 }]));
  act(() => result.current.loadMore());
  await waitFor(() => expect(result.current.items).toEqual([{ id: 1 }, { id: 2 }]));
  expect(result.current.hasNextPage).toBe(false);
  act(() => result.current.loadMore());
  expect(asked).toEqual(["?dataset=pond&page_size=50", "?dataset=pond&page_size=50&cursor=abc%3D"]);
});
