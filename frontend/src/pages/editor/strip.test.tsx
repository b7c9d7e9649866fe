import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useSearchParams } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Dataset } from "@/api/types";
import { renderApp } from "@/test/render";
import { JumpDialog } from "./JumpDialog";
import { filtersFrom } from "./queries";
import { StripFilter } from "./StripFilter";

const item = (name: string) => ({
  ...{ id: `id-${name}`, stem: name, file_name: `${name}.jpg`, split: "train", status: "done" },
  ...{ width: 64, height: 48, instance_count: 2, revision: 1, thumbnail_url: `/${name}.webp` },
  ...{ outline: [], updated_at: "2026-01-01T00:00:00Z" },
});

/** What the server is asked, and what it answers. */
function answerWith(answer: (url: URL) => unknown): URL[] {
  const asked: URL[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const url = new URL(input instanceof Request ? input.url : String(input), "http://localhost");
    asked.push(url);
    return Response.json(answer(url));
  });
  return asked;
}

describe("JumpDialog", () => {
  const NAMES = ["cat-1", "cat-2", "kitten-1"];
  const search = (url: URL): unknown => {
    const part = url.searchParams.get("search") ?? "";
    const results = NAMES.filter((name) => name.includes(part)).map(item);
    return { next: null, previous: null, results };
  };
  let onOpen: ReturnType<typeof vi.fn<(id: string) => void>>;

  async function show() {
    onOpen = vi.fn();
    renderApp(<JumpDialog slug="cats" opened onClose={() => undefined} onOpen={onOpen} />);
    await waitFor(() => expect(screen.getAllByRole("option", { hidden: true })).toHaveLength(NAMES.length));
    return screen.getByLabelText("Name of an image");
  }

  it("asks the server once the person pauses, and opens what is found with Enter", async () => {
    const asked = answerWith(search);
    const input = await show();
    await userEvent.type(input, "kit");
    await waitFor(() => expect(screen.getAllByRole("option", { hidden: true })).toHaveLength(1));
    expect(asked.map((url) => url.searchParams.get("search"))).toEqual([null, "kit"]);
    await userEvent.keyboard("{Enter}");
    expect(onOpen).toHaveBeenCalledExactlyOnceWith("id-kitten-1");
  });

  it("is walked with the arrows, round and round", async () => {
    answerWith(search);
    const input = await show();
    input.focus();
    await userEvent.keyboard("{ArrowDown}{ArrowUp}{ArrowUp}");
    const marked = screen.getAllByRole("option", { hidden: true, selected: true });
    expect(marked.map((each) => each.textContent)).toEqual([expect.stringContaining("kitten-1.jpg")]);
    expect(input.getAttribute("aria-activedescendant")).toBe(marked[0]?.id);
    await userEvent.keyboard("{Enter}");
    expect(onOpen).toHaveBeenCalledExactlyOnceWith("id-kitten-1");
  });

  it("finds an image by its whole name", async () => {
    const asked = answerWith(search);
    await userEvent.type(await show(), "cat-2.jpg");
    await waitFor(() => expect(screen.getAllByRole("option", { hidden: true })).toHaveLength(1));
    expect(asked.at(-1)?.searchParams.get("search")).toBe("cat-2");
  });

  it("does not open what an earlier search found", async () => {
    answerWith(search);
    const input = await show();
    fireEvent.change(input, { target: { value: "kitten" } });
    fireEvent.keyDown(input, { key: "Enter" });
    expect(onOpen).not.toHaveBeenCalled();
  });

  it("says that there is no such image", async () => {
    answerWith(search);
    const input = await show();
    await userEvent.type(input, "dog");
    expect(await screen.findByText(/No image of this dataset is called that/)).toBeTruthy();
  });
});

describe("StripFilter", () => {
  const FACETS = {
    ...{ total: 7, by_status: { done: 4 }, by_split: { val: 3 }, by_class: [] },
    ...{ by_assignee: [], with_comments: 0, by_tag: [] },
  };
  const dataset = {
    slug: "cats",
    classes: [{ id: 40, index: 0, name: "cat", color: "#112233", is_retired: false, instance_count: 0 }],
  } as unknown as Dataset;

  function Address() {
    const [params] = useSearchParams();
    return <output>{JSON.stringify(filtersFrom(params))}</output>;
  }

  const show = (address: string) =>
    renderApp(
      <>
        <StripFilter dataset={dataset} opened onOpened={() => undefined} />
        <Address />
      </>,
      address,
    );
  const filters = (): unknown => JSON.parse(document.querySelector("output")?.textContent ?? "");

  beforeEach(() => void answerWith(({ pathname }) => (/\/(members|tags)\/$/.test(pathname) ? [] : FACETS)));

  it("sets the filters of the images page, in the address", async () => {
    show("/datasets/cats/edit/x");
    await userEvent.click(await screen.findByText("Done"));
    await userEvent.click(screen.getByText("Val"));
    await userEvent.click(screen.getByTitle("cat"));
    expect(filters()).toEqual({ status: "done", split: "val", class: 40 });
    await userEvent.click(screen.getByText("Val"));
    expect(filters()).toEqual({ status: "done", class: 40 });
  });

  it("says how many match, and shows all again", async () => {
    show("/datasets/cats/edit/x?status=done&search=kit");
    expect(await screen.findByText("7 images")).toBeTruthy();
    expect(filters()).toEqual({ status: "done", search: "kit" });
    await act(async () => screen.getByText("Show all").click());
    expect(filters()).toEqual({});
    expect(screen.getByText("Show all").closest("button")?.disabled).toBe(true);
  });
});
