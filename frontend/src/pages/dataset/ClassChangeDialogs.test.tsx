import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { DatasetClass } from "@/api/types";
import { stubApi } from "@/pages/editor/testing";
import { renderApp } from "@/test/render";
import { consequences, EmptyClassDialog } from "./ClassChangeDialogs";

afterEach(() => vi.unstubAllGlobals());

const uses = { objects: 1204, images: 310, label_files: 300, objects_in_trash: 2, versions: 3, runs: 5 };
const duck: DatasetClass = {
  id: 7,
  index: 3,
  name: "duck",
  color: "#e69f00",
  is_retired: false,
  instance_count: 1204,
};

it("says what a change of all objects of a class touches", () => {
  expect(consequences(uses, "go to the trash")).toEqual([
    "1,204 objects in 310 images go to the trash.",
    "300 label files of finished images are written anew.",
    "2 objects of deleted images keep this class.",
    "3 frozen versions and 5 runs on them keep the class as it was.",
  ]);
  const none = { ...uses, label_files: 0, objects_in_trash: 0, versions: 0, runs: 0 };
  expect(consequences(none, "go to the trash").slice(1)).toEqual([
    "No label file changes: none of these images is finished.",
    "No frozen version and no run holds the class.",
  ]);
});

it("asks with the counts before it deletes", async () => {
  stubApi({ "GET /api/datasets/pond/classes/7/uses/": () => uses });
  renderApp(<EmptyClassDialog slug="pond" item={duck} onClose={vi.fn()} />);
  await screen.findByText(/1,204 objects in 310 images/);
  expect(screen.getByRole("button", { name: "Delete its objects" })).toHaveProperty("disabled", false);
  expect(screen.getByText(/index 3 stays its own/)).toBeTruthy();
});
