import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { annotationQuery } from "./queries";
import { savers } from "./sync/savers";
import { useAhead } from "./use-ahead";

const FILTERS = {};

/** Addresses that were asked for, without what all have in common. */
function listen(): string[] {
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input), "http://localhost");
    asked.push(pathname.replace("/api/images/", ""));
    const [, id] = /^\/api\/images\/(\w+)\/$/.exec(pathname) ?? [];
    return Response.json(id ? { id, url: `/files/${id}.jpg`, width: 64, height: 48 } : {});
  });
  return asked;
}

function go(options: { next?: string; previous?: string; done?: string }) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { next = null, previous = null, done = null } = options;
  const findNext = async () => done;
  renderHook(() => useAhead({ slug: "pond", imageId: "here", next, previous, findNext, filters: FILTERS }), {
    wrapper,
  });
  return client;
}

describe("useAhead", () => {
  let asked: string[];
  beforeEach(() => {
    asked = listen();
  });

  it("fetches what opening needs of the images around, and their pixels in the order they are wanted", async () => {
    const client = go({ next: "b", previous: "a", done: "d" });
    await waitFor(() => expect(asked.filter((path) => path.startsWith("/files/"))).toHaveLength(3));
    expect(asked.filter((path) => path.startsWith("/files/"))).toEqual([
      "/files/b.jpg",
      "/files/d.jpg",
      "/files/a.jpg",
    ]);
    for (const id of ["a", "b", "d"]) {
      expect(asked).toEqual(expect.arrayContaining([`${id}/`, `${id}/annotation/`, `${id}/neighbours/`]));
      expect(client.getQueryData(annotationQuery(id).queryKey)).toBeTruthy();
    }
    expect(asked).toHaveLength(new Set(asked).size);
  });

  it("asks once for an image that is next in both ways", async () => {
    go({ next: "b", done: "b" });
    await waitFor(() => expect(asked).toContain("/files/b.jpg"));
    expect(asked.filter((path) => path === "b/annotation/")).toHaveLength(1);
    expect(asked.filter((path) => path.startsWith("/files/"))).toHaveLength(1);
  });

  it("does not fetch the annotation of an image whose edits are not saved yet", async () => {
    vi.spyOn(savers, "waiting").mockReturnValue([{ image: "a" } as never]);
    go({ previous: "a" });
    await waitFor(() => expect(asked).toContain("a/"));
    expect(asked).not.toContain("a/annotation/");
  });
});
