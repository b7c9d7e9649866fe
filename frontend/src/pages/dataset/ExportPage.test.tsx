import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Outlet, Route, Routes } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exportAddress, sumLosses } from "@/api/exports";
import type { Dataset, ExportLosses } from "@/api/types";
import { CAT, stubApi } from "@/pages/editor/testing";
import { renderApp } from "@/test/render";
import ExportPage from "./ExportPage";
import { choiceOf, EXPORT_ADDRESS, gridFilterWords } from "./exportChoice";
import { exportOf } from "./ImagesBar";
import { readParams } from "@/lib/urlState";

afterEach(() => vi.unstubAllGlobals());

const read = (address: string) => readParams(EXPORT_ADDRESS, new URLSearchParams(address));

describe("what is chosen", () => {
  it("stands in the address, and in the download's", () => {
    const choice = choiceOf(read("format=coco&split=train,test&classes=3,4&search=a%20b&assignee=none"));
    expect(exportAddress("pond", choice)).toBe(
      "/api/datasets/pond/export/?format=coco&split=train&split=test&classes=3&classes=4&status=done&search=a+b&assignee=none",
    );
  });

  it("of a version is splits and classes alone", () => {
    const address = read("version=3&status=all&search=cam&split=val");
    expect(choiceOf(address)).toEqual({
      format: "yolo",
      version: 3,
      status: "done",
      split: ["val"],
      classes: [],
    });
    expect(gridFilterWords(address, undefined)).toEqual([]);
  });

  it("comes from the grid with its filters, and with all images where it showed all", () => {
    expect(exportOf("")).toBe("");
    expect(exportOf("?ordering=-updated_at")).toBe("");
    expect(exportOf("?class=7&split=val")).toBe("?class=7&split=val&status=all");
    expect(exportOf("?status=accepted")).toBe("?status=accepted");
    expect(gridFilterWords(read("class=1&has_comment=1&assignee=me"), "cat")).toEqual([
      "has cat",
      "assigned to me",
      "with open comments",
    ]);
  });
});

const losses = (change: Partial<ExportLosses>): ExportLosses => ({
  images: 1,
  objects: 10,
  changed: 0,
  left_out: 0,
  images_without_file: 0,
  listed: [],
  next: null,
  ...change,
});
const loss = (iou: number) => ({
  image: `${iou}.jpg`,
  position: 1,
  class_name: "cat",
  iou,
  done: iou === 0 ? ("left_out" as const) : ("changed" as const),
});

it("losses of several answers are one, the worst first", () => {
  const whole = sumLosses([
    losses({ changed: 1, listed: [loss(0.9)], next: "train/a" }),
    losses({ changed: 1, left_out: 1, listed: [loss(0), loss(0.5)] }),
  ]);
  expect(whole).toMatchObject({ images: 2, objects: 20, changed: 2, left_out: 1, next: null });
  expect(whole.listed.map(({ iou }) => iou)).toEqual([0, 0.5, 0.9]);
});

const COUNTS = {
  images: 12,
  objects: 20,
  unfinished_images: 0,
  unfinished_objects: 0,
  left_out_images: 2,
  left_out_objects: 5,
  other_class_objects: 0,
  with_attributes: 0,
  size_bytes: 1_000,
};

function open(role: Dataset["role"], answers: Parameters<typeof stubApi>[0] = {}, address = "") {
  const dataset = { slug: "pond", name: "Pond", role, classes: [CAT] } as unknown as Dataset;
  const none = { next: null, previous: null, results: [] };
  const sent = stubApi({
    "GET /api/formats/": () => [
      { name: "yolo", title: "YOLO segmentation", leaves_out: [] },
      { name: "coco", title: "COCO JSON", leaves_out: [] },
    ],
    "GET /api/datasets/pond/versions/": () => none,
    "GET /api/datasets/pond/exports/": () => none,
    ...answers,
  });
  renderApp(
    <Routes>
      <Route element={<Outlet context={dataset} />}>
        <Route path="*" element={<ExportPage />} />
      </Route>
    </Routes>,
    `/export${address}`,
  );
  return sent;
}

describe("the page", () => {
  it("says what is left out and what is lost, to the last answer", async () => {
    const parts = [
      { counts: COUNTS, losses: losses({ changed: 1, listed: [loss(0.97)], next: "train/a" }) },
      { counts: null, losses: losses({ left_out: 2, listed: [loss(0)] }) },
    ];
    open("lead", {
      "GET /api/datasets/pond/export/preview/": () => ({ leaves_out: ["comments"], ...parts.shift() }),
    });
    expect(await screen.findByText(/2 images of another status, with 5 objects/)).toBeTruthy();
    expect(await screen.findByText(/1 object changes, 2 objects are left out\./)).toBeTruthy();
    expect(screen.getByText("20 looked at.")).toBeTruthy();
    expect(screen.getByText("0.970")).toBeTruthy();
    expect(screen.getByText("comments")).toBeTruthy();
    const link = screen.getByRole("link", { name: "Download 12 images" });
    expect(link.getAttribute("href")).toBe("/api/datasets/pond/export/?format=yolo&status=done");
    await userEvent.click(screen.getByRole("button", { name: "Take all images" }));
    await waitFor(() => expect(screen.getByRole("link").getAttribute("href")).toContain("status=all"));
  });

  it("lets the server prepare what is chosen", async () => {
    const sent = open(
      "reviewer",
      {
        "GET /api/datasets/pond/export/preview/": () => ({
          counts: COUNTS,
          leaves_out: [],
          losses: losses({}),
        }),
        "POST /api/datasets/pond/exports/": () => ({}),
      },
      "?format=coco&split=val",
    );
    await screen.findByText("Every object comes back as it is.", { exact: false });
    await userEvent.click(screen.getByRole("button", { name: "Prepare it on the server" }));
    await waitFor(() =>
      expect(sent.find(({ method }) => method === "POST")?.body).toEqual({
        format: "coco",
        version: null,
        status: "done",
        split: ["val"],
        classes: [],
      }),
    );
  });

  it("sends annotators to somebody who may", () => {
    const sent = open("annotator");
    expect(screen.getByText("Reviewers and team leads export")).toBeTruthy();
    expect(sent).toEqual([]);
  });
});
