import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ImageDetail, Neighbours } from "@/api/types";
import { type Filters, imageQuery, neighboursQuery, nextToDoQuery, noteChanged } from "./queries";
import { FRESH_MS } from "./use-ahead";
import { useWalk } from "./use-walk";

vi.mock("./use-ahead", async (original) => ({ ...(await original<object>()), useAhead: () => undefined }));

let client: QueryClient;
const wanted = nextToDoQuery("pond", "here", "annotate").queryKey;
const detail = (id: string) => ({ id }) as ImageDetail;

beforeEach(() => {
  client = new QueryClient();
});

function walkWith(filters: Filters = {}) {
  const { result } = renderHook(
    () =>
      useWalk({
        slug: "pond",
        imageId: "here",
        filters,
        neighbours: { next: "neighbour", previous: null } as Neighbours,
        isReview: false,
      }),
    {
      wrapper: ({ children }: { children: ReactNode }) => (
        <QueryClientProvider client={client}>
          <MemoryRouter>{children}</MemoryRouter>
        </QueryClientProvider>
      ),
    },
  );
  return result.current;
}

describe("keys pressed quickly", () => {
  const around = (n: number): Neighbours => ({
    previous: n > 0 ? `i${n - 1}` : null,
    next: n < 9 ? `i${n + 1}` : null,
    position: n + 1,
    total: 10,
  });
  const asked = vi.fn();

  /** The editor as it walks: the image that the address names, and the server behind it. */
  function walkThrough() {
    asked.mockReset();
    vi.stubGlobal("fetch", async (request: Request) => {
      const n = Number(/i(\d)\/neighbours/.exec(request.url)?.[1]);
      asked(n);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return Response.json(around(n));
    });
    const { result } = renderHook(
      () => {
        const imageId = useLocation().pathname.split("/").at(-1) ?? "";
        const neighbours = undefined;
        return {
          imageId,
          walk: useWalk({ slug: "pond", imageId, filters: {}, neighbours, isReview: false }),
        };
      },
      {
        wrapper: ({ children }: { children: ReactNode }) => (
          <QueryClientProvider client={client}>
            <MemoryRouter initialEntries={["/datasets/pond/edit/i2"]}>{children}</MemoryRouter>
          </QueryClientProvider>
        ),
      },
    );
    return result;
  }

  it("are all taken, whatever is known of the images passed", async () => {
    const walk = walkThrough();
    client.setQueryData(neighboursQuery("i2", {}).queryKey, around(2));
    act(() => {
      const { next } = walk.current.walk;
      for (let n = 0; n < 6; n++) next();
    });
    await waitFor(() => expect(walk.current.imageId).toBe("i8"));
    act(() => walk.current.walk.previous());
    await waitFor(() => expect(walk.current.imageId).toBe("i7"));
  });

  it("stop at the last image, and give way to an image that is opened meanwhile", async () => {
    const walk = walkThrough();
    act(() => {
      for (let n = 0; n < 12; n++) walk.current.walk.next();
    });
    await waitFor(() => expect(walk.current.imageId).toBe("i9"));
    client.clear();
    act(() => {
      walk.current.walk.previous();
      walk.current.walk.open("i4");
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(walk.current.imageId).toBe("i4");
  });
});

describe("the image that opens without asking the server", () => {
  it("is the one handed out ahead, once its details are there", () => {
    client.setQueryData(wanted, detail("held"));
    expect(walkWith().nextAhead()).toBeNull();
    client.setQueryData(imageQuery("held").queryKey, detail("held"));
    expect(walkWith().nextAhead()).toBe("held");
  });

  it("is none when nothing was handed out, when it is too old, or when it changed", () => {
    client.setQueryData(imageQuery("held").queryKey, detail("held"));
    client.setQueryData(imageQuery("neighbour").queryKey, detail("neighbour"));
    expect(walkWith().nextAhead()).toBeNull();
    client.setQueryData(wanted, detail("held"), { updatedAt: Date.now() - FRESH_MS - 1 });
    expect(walkWith().nextAhead()).toBeNull();
    client.setQueryData(wanted, detail("held"));
    expect(walkWith().nextAhead()).toBe("held");
    noteChanged(client, "pond", "held");
    expect(walkWith().nextAhead()).toBeNull();
    client.setQueryData(wanted, null);
    expect(walkWith().nextAhead()).toBeNull();
  });

  it("is the neighbour under a filter", () => {
    client.setQueryData(wanted, detail("held"));
    client.setQueryData(imageQuery("held").queryKey, detail("held"));
    expect(walkWith({ search: "heron" }).nextAhead()).toBeNull();
    client.setQueryData(imageQuery("neighbour").queryKey, detail("neighbour"));
    expect(walkWith({ search: "heron" }).nextAhead()).toBe("neighbour");
  });
});
