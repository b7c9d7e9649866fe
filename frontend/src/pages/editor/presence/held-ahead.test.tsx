import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { nextToDoQuery } from "../queries";
import { useHeldAhead } from "./use-held-ahead";

let released: { image: string | undefined; keepalive: boolean }[];
let answer: (after: string) => Promise<string | null>;
let client: QueryClient;

beforeEach(() => {
  released = [];
  client = new QueryClient();
  answer = (after) => Promise.resolve(`after-${after}`);
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "DELETE") {
      const [, image] = /images\/(.+)\/presence\/$/.exec(pathname) ?? [];
      released.push({ image, keepalive: request.keepalive });
      return new Response(null, { status: 204 });
    }
    const { after } = (await request.json()) as { after: string };
    const id = await answer(after);
    return id === null ? new Response(null, { status: 204 }) : Response.json({ id });
  });
});
afterEach(() => vi.unstubAllGlobals());

const ask = (after: string) => client.query({ ...nextToDoQuery("pond", after, "annotate"), staleTime: 1000 });

const openEditor = (at: string) =>
  renderHook(({ image }) => useHeldAhead(image), {
    initialProps: { image: at },
    wrapper: ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    ),
  });

/** What is on its way has arrived by then. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

it("gives back what was not opened when the editor is left, and asks anew later", async () => {
  const { unmount } = openEditor("a");
  await ask("a");
  expect(released).toEqual([]);
  unmount();
  await waitFor(() => expect(released).toEqual([{ image: "after-a", keepalive: true }]));
  expect(client.getQueryData(nextToDoQuery("pond", "a", "annotate").queryKey)).toBeUndefined();
});

it("keeps what was opened: its presence gives it back", async () => {
  const { rerender, unmount } = openEditor("a");
  await ask("a");
  rerender({ image: "after-a" });
  unmount();
  await settled();
  expect(released).toEqual([]);
});

it("holds one at a time: another takes its place, the same one stays", async () => {
  const { rerender, unmount } = openEditor("a");
  answer = () => Promise.resolve("c");
  await ask("a");
  rerender({ image: "b" });
  await ask("b");
  await settled();
  expect(released).toEqual([]);
  answer = () => Promise.resolve("e");
  rerender({ image: "d" });
  await ask("d");
  expect(released.map(({ image }) => image)).toEqual(["c"]);
  unmount();
  await waitFor(() => expect(released.map(({ image }) => image)).toEqual(["c", "e"]));
});

it("gives it back when the page is closed", async () => {
  openEditor("a");
  await ask("a");
  window.dispatchEvent(new Event("pagehide"));
  await waitFor(() => expect(released.map(({ image }) => image)).toEqual(["after-a"]));
});

it("gives back what is handed out after the editor was left", async () => {
  let tell: (id: string) => void = () => undefined;
  answer = () => new Promise((resolve) => (tell = resolve));
  const { unmount } = openEditor("a");
  const asked = ask("a");
  // Removed meanwhile, the question is cancelled; the server answers all the same.
  void asked.catch(() => undefined);
  await waitFor(() => expect(tell.length).toBe(1));
  unmount();
  tell("late");
  await waitFor(() => expect(released.map(({ image }) => image)).toEqual(["late"]));
});

it("has nothing to give back when nothing was left to hand out", async () => {
  answer = () => Promise.resolve(null);
  const { unmount } = openEditor("a");
  await ask("a");
  unmount();
  await settled();
  expect(released).toEqual([]);
});
