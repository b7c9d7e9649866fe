import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Outlet, Route, Routes } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Import, ImportPreview, Role } from "@/api/types";
import { renderApp } from "@/test/render";
import { ANA, CAT, stubApi } from "../editor/testing";
import ImportPage from "./ImportPage";

const TALLY = { source: 10, taken: 8, repaired: 1, refused: 1 };
const JOB: Import = {
  id: 7,
  dataset: "pond",
  dataset_name: "Pond",
  source_name: "herons.zip",
  state: "finished",
  progress: { done: 10, total: 10, unit: "images", message: "", eta_seconds: null },
  format: "coco",
  options: {},
  is_dry_run: false,
  images: TALLY,
  objects: { source: 40, taken: 40, repaired: 0, refused: 0 },
  images_updated: 0,
  ending: "losses",
  taken: 8,
  repaired: 1,
  refused: 1,
  error: "",
  is_resumable: false,
  undone_at: null,
  created_by: ANA,
  created_at: "2026-01-01T00:00:00Z",
  finished_at: "2026-01-01T00:01:00Z",
};
const NOTHING: ImportPreview = {
  format: "coco",
  format_title: "COCO JSON",
  candidates: [],
  images: { source: 2, taken: 2, repaired: 0, refused: 0 },
  objects: { source: 9, taken: 9, repaired: 0, refused: 0 },
  labelled: 2,
  backgrounds: 0,
  unlabelled: 0,
  classes: [],
  splits: { train: 2 },
  groups: [],
  group_count: 0,
  notes: [],
  problems: [],
  problem_count: 0,
  conflicts: { same_image: 0, same_name: 0, labels_only: 0, labels_differ: 0, examples: [] },
  thumbnails: [],
  offers: [],
  also: [],
  simplified: [],
  simplify_px: 0,
  crowds: 0,
  videos: [],
  video_rule: {},
};

const DRY: Partial<Import> = { is_dry_run: true, ending: "choice" };

afterEach(() => vi.unstubAllGlobals());

function show(job: Partial<Import>, preview: Partial<ImportPreview> = {}, role: Role = "lead") {
  const sent = stubApi({
    "GET /api/imports/7/": () => ({ ...JOB, ...job }),
    "GET /api/imports/7/preview/": () => ({ ...NOTHING, ...preview }),
    "GET /api/imports/7/report/": () => ({ next: null, previous: null, results: [] }),
    "POST /api/imports/7/begin/": () => JOB,
    "POST /api/imports/7/look-again/": () => JOB,
    "POST /api/imports/7/undo/": () => JOB,
    "POST /api/imports/7/resume/": () => JOB,
    "POST /api/imports/7/cancel/": () => JOB,
  });
  renderApp(
    <Routes>
      <Route
        path="/datasets/:slug"
        element={<Outlet context={{ slug: "pond", name: "Pond", role, classes: [CAT] }} />}
      >
        <Route path="imports/:id" element={<ImportPage />} />
        <Route path="imports" element={<p>The list of imports</p>} />
      </Route>
    </Routes>,
    "/datasets/pond/imports/7",
  );
  return () => sent.filter(({ method }) => method === "POST").map(({ path, body }) => ({ path, body }));
}

describe("the report", () => {
  it("has the counts in its head, losses first, and is green only without losses", async () => {
    show({});
    expect(await screen.findByText("Taken with losses")).toBeTruthy();
    const [, images] = within(screen.getByRole("table", { name: "Counts" })).getAllByRole("row");
    expect(images?.textContent).toBe("Images11810");
    expect(screen.queryByText("Finished")).toBeNull();
  });

  it("is finished where nothing was lost", async () => {
    show({ ending: "" });
    expect(await screen.findByText("Finished")).toBeTruthy();
  });

  it("leads to its own images", async () => {
    show({});
    const link = await screen.findByRole("link", { name: "Look at the images" });
    expect(link.getAttribute("href")).toBe("/datasets/pond?import=7");
  });

  it("of an import that was stopped says what is kept, goes on, and is taken back", async () => {
    const posted = show({ state: "cancelled", is_resumable: true });
    expect(await screen.findByText(/9 images had been taken in and are kept/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Go on" }));
    await userEvent.click(screen.getByRole("button", { name: "Take it back" }));
    const dialog = await screen.findByRole("dialog");
    await userEvent.click(within(dialog).getByRole("button", { name: "Take it back" }));
    await waitFor(() =>
      expect(posted().map(({ path }) => path)).toEqual(["/api/imports/7/resume/", "/api/imports/7/undo/"]),
    );
  });

  it("of an import that was taken back offers nothing more", async () => {
    show({ undone_at: "2026-01-02T00:00:00Z", ending: "taken_back" });
    expect(await screen.findByText("Taken back")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Take it back" })).toBeNull();
  });

  it("lets members look, and leads alone change", async () => {
    show({ state: "cancelled", is_resumable: true }, {}, "annotator");
    expect(await screen.findByRole("link", { name: "Look at the images" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: /Go on|Take it back/ })).toBeNull();
  });
});

describe("a look at a source", () => {
  it("of videos counts a rule as it is chosen, and imports by it", async () => {
    const posted = show(DRY, {
      ...{ format: "video", images: { source: 10, taken: 10, repaired: 0, refused: 0 } },
      video_rule: {},
      videos: [
        {
          ...{ file: "walk.mp4", name: "walk", width: 640, height: 360, codec: "h264", rotation: 0 },
          ...{ duration_ms: 10_000, frames: 250, fps: 25, read: 250, end_ms: 9960, chosen: 10 },
          ...{ near_duplicates: 2, is_whole: true, problem: "", notes: [], scenes: [], thumbnails: [] },
        },
      ],
    });
    expect(await screen.findByText("10 frames; 2 near-duplicates left out.")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Count exactly" })).toBeNull();
    await userEvent.click(screen.getByRole("radio", { name: "Every n-th frame" }));
    expect(screen.getByText(/^About 25 frames/)).toBeTruthy();
    const [number] = screen.getAllByRole("textbox", { name: "Every n-th frame" });
    if (!number) throw new Error("no field");
    await userEvent.clear(number);
    await userEvent.type(number, "50");
    expect(screen.getByText(/^About 5 frames/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Count exactly" }));
    await userEvent.click(screen.getByRole("button", { name: "Import about 5 images" }));
    const body = { format: "video", video: { every: 50 } };
    await waitFor(() =>
      expect(posted()).toEqual([
        { path: "/api/imports/7/look-again/", body },
        { path: "/api/imports/7/begin/", body },
      ]),
    );
  });

  it("begins the import as it is", async () => {
    const posted = show(DRY);
    await userEvent.click(await screen.findByRole("button", { name: "Import 2 images" }));
    await waitFor(() =>
      expect(posted()).toEqual([{ path: "/api/imports/7/begin/", body: { format: "coco" } }]),
    );
  });

  it("renames, merges and ignores classes", async () => {
    const classes = [
      { name: "heron", count: 4, is_new: true },
      { name: "tabby", count: 5, is_new: true },
    ];
    const posted = show(DRY, { classes });
    await userEvent.type(await screen.findByLabelText("Class for tabby"), " cat");
    await userEvent.click(screen.getByLabelText("Ignore heron"));
    expect(screen.getByText(/4 objects will be ignored as asked/)).toBeTruthy();
    await userEvent.clear(screen.getByLabelText("Class for tabby"));
    expect(screen.getByRole<HTMLButtonElement>("button", { name: /^Import/ }).disabled).toBe(true);
    await userEvent.type(screen.getByLabelText("Class for tabby"), "cat");
    await userEvent.click(screen.getByRole("button", { name: "Import 2 images" }));
    await waitFor(() =>
      expect(posted()[0]?.body).toEqual({ format: "coco", classes: { tabby: "cat", heron: null } }),
    );
  });

  it("finds one of many classes", async () => {
    const classes = Array.from({ length: 120 }, (_, n) => ({ name: `class ${n}`, count: n, is_new: true }));
    show(DRY, { classes });
    expect(await screen.findByText(/20 more classes: search/)).toBeTruthy();
    await userEvent.click(screen.getByLabelText("Find a class"));
    await userEvent.paste("class 119");
    await waitFor(() => expect(screen.queryByLabelText("Class for class 1")).toBeNull());
    expect(screen.getByLabelText("Class for class 119")).toBeTruthy();
  });

  it("asks what becomes of images that are here already", async () => {
    const examples = [
      {
        conflict: "same_image" as const,
        file: "a.jpg",
        image: "id-a",
        image_name: "b.jpg",
        reason: "The same image as “b.jpg”, which is here already; its 3 labels differ.",
      },
    ];
    const conflicts = { same_image: 2, same_name: 1, labels_only: 0, labels_differ: 1, examples };
    const posted = show(DRY, { conflicts });
    expect(
      await screen.findByText(/2 images of the source are here already; 1 other image has/),
    ).toBeTruthy();
    await userEvent.click(screen.getByLabelText("Add what is new"));
    await userEvent.click(screen.getByRole("button", { name: "Import 2 images" }));
    await waitFor(() => expect(posted()[0]?.body).toEqual({ format: "coco", on_conflict: "add" }));
  });

  it("asks which format it is where several fit", async () => {
    const candidates = [
      { name: "coco", title: "COCO JSON" },
      { name: "labelme", title: "labelme" },
    ];
    const posted = show(DRY, { candidates });
    await userEvent.click(await screen.findByLabelText("labelme"));
    await userEvent.click(screen.getByRole("button", { name: "Look again" }));
    await waitFor(() =>
      expect(posted()).toEqual([{ path: "/api/imports/7/look-again/", body: { format: "labelme" } }]),
    );
  });

  it("is put aside", async () => {
    const posted = show(DRY);
    await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
    expect(await screen.findByText("The list of imports")).toBeTruthy();
    expect(posted()[0]?.path).toBe("/api/imports/7/cancel/");
  });

  it("of a source that cannot be read says why", async () => {
    show({ ...DRY, state: "failed", error: "No images were found." });
    expect(await screen.findByText("No images were found.")).toBeTruthy();
  });
});

describe("folders beside and outlines", () => {
  const COST = { objects: 9, points_before: 900, lowest_iou: 0.981, median_iou: 0.9952 };

  it("takes a folder that the data.yaml does not name in another look", async () => {
    const posted = show(DRY, {
      format: "yolo",
      offers: [{ folder: "images_1st_500", images: 500, objects: 1200 }],
    });
    await userEvent.click(await screen.findByRole("checkbox", { name: /images_1st_500/ }));
    await userEvent.click(screen.getByRole("button", { name: "Look again with this choice" }));
    await waitFor(() => expect(posted()[0]?.body).toEqual({ format: "yolo", also: ["images_1st_500"] }));
  });

  it("keeps every point unless a tolerance is chosen, and shows what that costs", async () => {
    const posted = show(DRY, {
      also: ["images_1st_500"],
      simplified: [
        { tolerance_px: 0.5, points_after: 400, ...COST },
        { tolerance_px: 1, points_after: 120, ...COST },
      ],
    });
    const kept: HTMLInputElement = await screen.findByRole("radio", { name: "Keep every point" });
    expect(kept.checked).toBe(true);
    expect(screen.getAllByText("0.9810")).toHaveLength(2);
    await userEvent.click(screen.getByRole("radio", { name: "1 px" }));
    await userEvent.click(screen.getByRole("button", { name: "Import 2 images" }));
    await waitFor(() =>
      expect(posted()[0]?.body).toEqual({ format: "coco", also: ["images_1st_500"], simplify_px: 1 }),
    );
  });

  it("takes crowds as ignore regions where a person asks for it", async () => {
    const posted = show(DRY, { crowds: 3 });
    await userEvent.click(await screen.findByRole("checkbox", { name: "Take 3 crowds as ignore regions" }));
    await userEvent.click(screen.getByRole("button", { name: "Import 2 images" }));
    await waitFor(() => expect(posted()[0]?.body).toEqual({ format: "coco", crowds: "ignore" }));
  });
});
