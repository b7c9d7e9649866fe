import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { BatchPreview } from "@/api/types";
import { renderApp } from "@/test/render";
import { batchesRequestOf, batchWords, closingNote } from "./batches";
import { ShownBatches } from "./ShownBatches";

const image = (source: string) => ({
  url: `/api/batch-previews/1/files/${source}`,
  source,
  width: 64,
  height: 64,
  objects: [{ class_index: 1, polygons: [[[1, 1, 9, 1, 9, 9]]] }],
});
const batch = (first_epoch: number, last_epoch: number, is_closing: boolean, source: string) => ({
  first_epoch,
  last_epoch,
  is_closing,
  images: [image(source)],
});
const preview = (over: Partial<BatchPreview>): BatchPreview => ({
  id: 1,
  version: 3,
  version_number: 2,
  state: "finished",
  waits_for: "",
  progress: { done: 0, total: null, unit: "", message: "", eta_seconds: null },
  error: "",
  error_hint: "",
  class_names: ["disc", "diamond"],
  class_colors: ["#e69f00", "#56b4e9"],
  batches: [batch(1, 90, false, "a.jpg"), batch(91, 100, true, "b.jpg")],
  class_weights: [],
  messages: ["2 of 9 objects have no outline here."],
  is_gone: false,
  ...over,
});

it("shows one batch at a time, with the epochs that it is of", async () => {
  const { container } = renderApp(<ShownBatches preview={preview({})} />);
  expect(screen.getByAltText("Train image made of a.jpg: 1 object (diamond)")).toBeTruthy();
  expect(screen.getByText("Epochs 1 to 90 · 1 image, of version 2")).toBeTruthy();
  expect(screen.getByText("2 of 9 objects have no outline here.")).toBeTruthy();
  expect(container.querySelectorAll("svg path[stroke='#56b4e9']")).toHaveLength(1);
  await userEvent.click(screen.getByRole("switch", { name: "Masks" }));
  expect(container.querySelectorAll("svg path[stroke='#56b4e9']")).toHaveLength(0);
  await userEvent.click(screen.getByRole("radio", { name: "Last epochs" }));
  expect(screen.getByAltText("Train image made of b.jpg: 1 object (diamond)")).toBeTruthy();
});

it("shows the weights that cls_pw gives to classes", () => {
  renderApp(
    <ShownBatches
      preview={preview({
        class_weights: [
          { class_index: 0, objects: 300, weight: 0.25 },
          { class_index: 1, objects: 12, weight: 1.75 },
        ],
      })}
    />,
  );
  expect(screen.getByRole("row", { name: "diamond 12 1.75" })).toBeTruthy();
});

it("says where a run never uses mosaic", () => {
  expect(closingNote([batch(1, 3, true, "a.jpg")])).toContain("close_mosaic is not less than");
  expect(closingNote(preview({}).batches)).toBe("");
  expect(batchWords(batch(3, 3, false, "a.jpg"))).toBe("Epoch 3");
});

it("does not depend on what changes no batch", () => {
  const request = {
    dataset: "pond",
    version: 3,
    epochs: 9,
    image_size: 64,
    batch: 4,
    name: "a",
    device: "0",
  };
  expect(batchesRequestOf(request)).toEqual(batchesRequestOf({ ...request, name: "b", device: "cpu" }));
  expect(batchesRequestOf(request)).not.toEqual(batchesRequestOf({ ...request, arguments: { mosaic: 0 } }));
});
