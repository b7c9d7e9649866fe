import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Outlet, Route, Routes } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FolderChange, LiveFolder, Role } from "@/api/types";
import { renderApp } from "@/test/render";
import { CAT, stubApi } from "../editor/testing";
import FolderPage from "./FolderPage";

const FOLDER: LiveFolder = {
  policy: "ask",
  look_minutes: 60,
  looked_at: "2026-01-01T00:00:00Z",
  trouble: "",
  is_watched: true,
  watch_note: "",
  counts: [],
  waiting: 0,
  job: null,
};
const CHANGE: FolderChange = {
  id: 5,
  subject: "label",
  kind: "changed",
  state: "waiting",
  path: "labels/train/a.txt",
  from_path: "",
  image_id: "img",
  image_name: "a.png",
  thumbnail_url: "/t.webp",
  width: 100,
  height: 80,
  size_bytes: 20,
  before: [],
  after: [{ class_id: 1, points: [0, 0, 1, 0, 1, 1] }],
  before_count: 0,
  after_count: 1,
  problems: [{ outcome: "refused", line: 3, reason: "A polygon needs at least three points.", times: 1 }],
  reason: "",
  asks: false,
  kept: "",
  settled_at: null,
  settled_by: "",
};
const COUNTS: LiveFolder["counts"] = [
  { subject: "label", kind: "changed", count: 1 },
  { subject: "image", kind: "removed", count: 2 },
  { subject: "image", kind: "strange", count: 4 },
];

beforeEach(() => {
  // The window of jsdom has no height, and a virtual list shows what is in it.
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(900);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(900);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function show(folder: Partial<LiveFolder>, changes: Partial<FolderChange>[] = [], role: Role = "lead") {
  const results = changes.map((change) => ({ ...CHANGE, ...change }));
  const sent = stubApi({
    "GET /api/datasets/pond/folder/": () => ({ ...FOLDER, ...folder }),
    "GET /api/datasets/pond/folder/changes/": () => ({ next: null, previous: null, results }),
    "POST /api/datasets/pond/folder/settle/": () => ({}),
    "POST /api/datasets/pond/folder/look/": () => ({}),
    "PATCH /api/datasets/pond/folder/": () => FOLDER,
  });
  renderApp(
    <Routes>
      <Route
        path="/datasets/:slug"
        element={<Outlet context={{ slug: "pond", name: "Pond", role, classes: [CAT] }} />}
      >
        <Route path="folder" element={<FolderPage />} />
      </Route>
    </Routes>,
    "/datasets/pond/folder",
  );
  return () => sent.filter(({ method }) => method !== "GET").map(({ path, body }) => ({ path, body }));
}

describe("the page Folder", () => {
  it("says that nothing changed, and looks when asked", async () => {
    const sent = show({});
    expect(await screen.findByText("The folder is as Segloop left it")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Look at the folder" }));
    await waitFor(() => expect(sent()[0]?.path).toBe("/api/datasets/pond/folder/look/"));
  });

  it("shows before and after, names bad rows by their lines, and settles one", async () => {
    const sent = show({ waiting: 1, counts: COUNTS.slice(0, 1) }, [{}]);
    const row = await screen.findByRole("listitem", { name: "labels/train/a.txt" });
    expect(within(row).getByText("Before: 0 objects")).toBeTruthy();
    expect(within(row).getByText("In the folder: 1 object")).toBeTruthy();
    expect(row.textContent).toContain("Line 3: A polygon needs at least three points.");
    await userEvent.click(within(row).getByRole("button", { name: "Put back labels/train/a.txt" }));
    await waitFor(() =>
      expect(sent()).toEqual([
        { path: "/api/datasets/pond/folder/settle/", body: { action: "put_back", ids: [5] } },
      ]),
    );
  });

  it("settles all of a kind after saying what that means", async () => {
    const sent = show({ waiting: 3, counts: COUNTS }, [{}]);
    await userEvent.click(await screen.findByRole("button", { name: "Removed images · 2" }));
    await userEvent.click(screen.getByRole("button", { name: "Take all in …" }));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getByText(/2 removed images will be in the trash/)).toBeTruthy();
    await userEvent.click(within(dialog).getByRole("button", { name: "Take in" }));
    await waitFor(() =>
      expect(sent()[0]?.body).toEqual({ action: "take", subject: "image", kind: "removed" }),
    );
  });

  it("keeps strange files apart, without a thing to do", async () => {
    show({ counts: COUNTS.slice(2) }, [
      { kind: "strange", reason: "A label without an image.", image_id: null, thumbnail_url: "" },
    ]);
    await userEvent.click(await screen.findByText("Left alone (4)"));
    const row = await screen.findByRole("listitem", { name: "labels/train/a.txt" });
    expect(within(row).getByText("A label without an image.")).toBeTruthy();
    expect(within(row).queryByRole("button")).toBeNull();
  });

  it("says why nothing is settled by itself", async () => {
    show({ policy: "take", trouble: "Most of what was in images/train is not there any more." });
    expect(await screen.findByText("Nothing is settled by itself")).toBeTruthy();
  });

  it("lets the team lead choose what a look does", async () => {
    const sent = show({});
    await userEvent.click(await screen.findByRole("radio", { name: /Take in by itself/ }));
    await waitFor(() => expect(sent()[0]?.body).toEqual({ policy: "take" }));
  });

  it("lets others look on", async () => {
    show({ waiting: 1, counts: COUNTS.slice(0, 1) }, [{}], "annotator");
    expect(await screen.findByRole("listitem", { name: "labels/train/a.txt" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: /Take|Put|Look/ })).toBeNull();
    expect(screen.queryByRole("radio", { name: /by itself/ })).toBeNull();
  });
});
