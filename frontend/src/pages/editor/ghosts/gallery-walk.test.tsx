import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatGallery, galleryRef, parseGallery } from "@/pages/review/gallery";
import { editorAddress } from "@/pages/verdicts/object";
import { encodeColumns, type PlainImage } from "@/review-data/testing";
import type { Walk } from "../use-walk";
import { useGalleryWalk } from "./use-gallery-walk";

/** Each image holds one label that was missed; the largest is the worst. The second is in the dataset no longer. */
const IMAGES: PlainImage[] = [5000, 4000, 3000, 2000, 1000].map((area) => ({
  labels: [{ class: 0, area }],
  predictions: [],
}));
const EVALUATION = 3;
const images = { open: vi.fn(), neighbour: "neighbour" } as unknown as Walk;

beforeEach(() => {
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (pathname.endsWith("/columns/")) return new Response(encodeColumns(IMAGES, ["duck"]));
    if (!pathname.endsWith("/shapes/")) return Response.json({ detail: "Nothing." }, { status: 404 });
    const asked = (searchParams.get("keys") ?? "").split(",");
    return Response.json(asked.map((key) => ({ key, image: key === "1" ? null : `image-${key}` })));
  });
});
afterEach(() => vi.unstubAllGlobals());

function walkFrom(key: string) {
  const search = new URLSearchParams("view=objects&outcome=missed&image=0&object=l0");
  const gallery = formatGallery(galleryRef(12, 0.4, search));
  const object = { evaluation: EVALUATION, key, side: "label", index: 0 } as const;
  const address = editorAddress("pond", `image-${key}`, object, 0.4, gallery);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const { result } = renderHook(() => ({ ...useGalleryWalk("pond", images), location: useLocation() }), {
    wrapper: ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={client}>
        <MemoryRouter initialEntries={[address]}>{children}</MemoryRouter>
      </QueryClientProvider>
    ),
  });
  return result;
}

type Walking = ReturnType<typeof walkFrom>;
const keyOf = ({ current }: Walking) => new URLSearchParams(current.location.search).get("key");

describe("the editor that was opened from a gallery", () => {
  it("says where it is in the gallery's list", async () => {
    const walk = walkFrom("2");
    await waitFor(() => expect(walk.current.place).toMatchObject({ position: 3, total: 5 }));
  });

  it("walks through that list, past images that are gone, and takes every key", async () => {
    const walk = walkFrom("0");
    await waitFor(() => expect(walk.current.place?.position).toBe(1));
    act(() => {
      const { next } = walk.current.walk;
      next();
      next();
    });
    await waitFor(() => expect(keyOf(walk)).toBe("3"));
    expect(walk.current.location.pathname).toBe("/datasets/pond/edit/image-3");
    expect(walk.current.place?.position).toBe(4);
    act(() => walk.current.walk.previous());
    await waitFor(() => expect(keyOf(walk)).toBe("2"));
  });

  it("opens its next object after a fix, and none after the last", async () => {
    const walk = walkFrom("3");
    await waitFor(() => expect(walk.current.place?.position).toBe(4));
    let next: string | null = null;
    await act(async () => void (next = await walk.current.walk.findNext()));
    expect(next).toBe("image-4");
    act(() => walk.current.walk.open("image-4"));
    await waitFor(() => expect(walk.current.place?.position).toBe(5));
    await act(async () => void (next = await walk.current.walk.findNext()));
    expect(next).toBeNull();
  });

  it("leads back to the gallery at the object that was reached, under the same filters", async () => {
    const walk = walkFrom("0");
    await waitFor(() => expect(walk.current.place?.position).toBe(1));
    act(() => walk.current.walk.next());
    await waitFor(() => expect(keyOf(walk)).toBe("2"));
    const back = new URL(walk.current.walk.backTo, "http://x");
    expect(back.pathname).toBe("/runs/12/predictions");
    expect(Object.fromEntries(back.searchParams)).toEqual({
      view: "objects",
      outcome: "missed",
      image: "2",
      object: "l0",
    });
  });

  it("opens another image of the dataset as ever", async () => {
    const walk = walkFrom("0");
    await waitFor(() => expect(walk.current.place?.position).toBe(1));
    act(() => walk.current.walk.open("elsewhere"));
    expect(images.open).toHaveBeenCalledWith("elsewhere");
  });
});

describe("parseGallery", () => {
  it("reads what was written, with every digit of the confidence, and nothing else", () => {
    const ref = { run: 12, confidence: 0.3691234567890123, query: "view=objects&class=2" };
    expect(parseGallery(formatGallery(ref))).toEqual(ref);
    for (const raw of [null, "", "12", "12~2~", "x~0.5~"]) expect(parseGallery(raw)).toBeNull();
  });
});
