import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ImageDetail, Neighbours } from "@/api/types";
import { type Filters, imageQuery, nextToDoQuery, noteChanged } from "./queries";
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
