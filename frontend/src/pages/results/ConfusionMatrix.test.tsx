import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Confusion } from "@/api/types";
import { renderApp } from "@/test/render";
import { cellAddress, ConfusionMatrix } from "./ConfusionMatrix";

const confusion: Confusion = {
  labels: ["duck", "swan", "background"],
  confidence: 0.25,
  iou: 0.45,
  basis: "mask",
  counts: [
    [8, 1, 3],
    [0, 2, 0],
    [2, 1, 0],
  ],
  normalised: [
    [0.8, 0.25, 1],
    [0, 0.5, 0],
    [0.2, 0.25, 0],
  ],
};

it.each([
  [0, 0, "class=0&confidence=0.25"],
  [0, 1, "filter=wrong_class&class=1&confidence=0.25"],
  [0, 2, "filter=false&class=0&confidence=0.25"],
  [2, 1, "filter=missed&class=1&confidence=0.25"],
])("predicted %i, labelled %i leads to %s", (predicted, actual, query) => {
  expect(cellAddress(4, predicted, actual, confusion)).toBe(`/runs/4/predictions?${query}`);
});

it("prints counts or shares, and links only cells that hold something", () => {
  const { unmount } = renderApp(<ConfusionMatrix run={4} confusion={confusion} normalised={false} />);
  expect(screen.getByRole("link", { name: "8 labelled duck, predicted duck" }).textContent).toBe("8");
  expect(screen.getAllByRole("link")).toHaveLength(6);
  unmount();
  renderApp(<ConfusionMatrix run={4} confusion={confusion} normalised />);
  expect(screen.getByRole("link", { name: "8 labelled duck, predicted duck" }).textContent).toBe("0.80");
});
