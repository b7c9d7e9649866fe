import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { fillTally, makeTally } from "@/review-data/tally";
import { makeColumns } from "@/review-data/testing";
import { renderApp } from "@/test/render";
import { ConfusionMatrix } from "./ConfusionMatrix";

const columns = makeColumns(
  [
    {
      labels: [{ class: 0 }, { class: 0 }, { class: 1 }],
      predictions: [
        { class: 0, confidence: 0.9, match: 0 },
        { class: 1, confidence: 0.8, match: 1 },
        { class: 0, confidence: 0.4 },
      ],
    },
  ],
  ["duck", "swan"],
);
const matrix = (confidence: number, normalised = false) => (
  <ConfusionMatrix
    names={columns.classNames}
    tally={fillTally(makeTally(columns), columns, confidence)}
    normalised={normalised}
    addressOf={(predicted, labelled) => `/cell/${predicted}-${labelled}`}
  />
);

it("prints counts, each a link to its objects; empty cells lead nowhere", () => {
  renderApp(matrix(0.1));
  const cell = screen.getByRole("link", { name: "1 labelled duck, predicted swan" });
  expect(cell.textContent).toBe("1");
  expect(cell.getAttribute("href")).toBe("/cell/1-0");
  expect(screen.getByRole("link", { name: "1 labelled swan, predicted background" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "1 labelled background, predicted duck" })).toBeTruthy();
  expect(screen.getAllByRole("link", { name: /labelled/ })).toHaveLength(4);
  const heads = 2 * (columns.classNames.length + 1);
  expect(screen.getAllByRole("link")).toHaveLength(4 + heads);
});

it("opens what is labelled so by the head of a column, what is predicted so by that of a row", () => {
  renderApp(matrix(0.1));
  const heads = screen.getAllByRole("link", { name: "swan" }).map((link) => link.getAttribute("href"));
  expect(heads).toEqual(["/cell/-1-1", "/cell/1--1"]);
});

it("follows the slider: what is under the threshold was not found", () => {
  renderApp(matrix(0.85));
  expect(screen.getByRole("link", { name: "1 labelled duck, predicted background" })).toBeTruthy();
  expect(screen.queryByRole("link", { name: /predicted swan/ })).toBeNull();
});

it("normalised, prints shares of each labelled class", () => {
  renderApp(matrix(0.1, true));
  expect(screen.getByRole("link", { name: "0.50: 1 labelled duck, predicted duck" }).textContent).toBe(
    "0.50",
  );
});
