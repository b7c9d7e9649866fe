import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { outlinerFor } from "./outline";

const REQUEST = {
  box: [1, 2, 30, 40],
  inside: [[5, 5, 9, 9]],
  outside: [],
  order: ["inside"],
  shown: [],
  radius: 2,
} as const;
const answer = vi.fn<typeof fetch>();

beforeEach(() => {
  answer.mockReset();
  vi.stubGlobal("fetch", answer);
  document.cookie = "csrftoken=secret";
});
afterEach(() => vi.unstubAllGlobals());

function ask() {
  return outlinerFor("an-id")(REQUEST, new AbortController().signal);
}

describe("asking the server for an outline", () => {
  it("sends box and strokes with the token, and answers polygons", async () => {
    const polygons = [[[1, 2, 30, 2, 30, 40]]];
    answer.mockResolvedValue(Response.json({ polygons }));
    await expect(ask()).resolves.toEqual(polygons);
    const [address, init] = answer.mock.lastCall ?? [];
    expect(address).toBe("/api/images/an-id/outline/");
    expect(init?.method).toBe("POST");
    expect(new Headers(init?.headers).get("X-CSRFToken")).toBe("secret");
    expect(JSON.parse(init?.body as string)).toEqual(REQUEST);
  });

  it.each([
    ["the server's own sentence", 422, JSON.stringify({ detail: "Nothing stands out there." }), /stands out/],
    ["a sentence of ours for a proxy's page", 503, "<html>", /busy/],
    ["one for a page that claims success", 200, "<html>", /starting or has stopped/],
  ])("fails with %s", async (_, status, body, sentence) => {
    answer.mockResolvedValue(new Response(body, { status }));
    await expect(ask()).rejects.toThrow(sentence);
  });

  it("fails with a sentence where the server cannot be reached", async () => {
    answer.mockRejectedValue(new TypeError("fetch failed"));
    await expect(ask()).rejects.toThrow(/reach/);
  });

  it("stops when nobody waits any more", async () => {
    const abort = new AbortController();
    answer.mockImplementation(async (_, init) => {
      abort.abort();
      init?.signal?.throwIfAborted();
      return Response.json({});
    });
    await expect(outlinerFor("an-id")(REQUEST, abort.signal)).rejects.toThrow();
  });
});
