import { fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderApp } from "@/test/render";
import { HeatGrid } from "./HeatGrid";

const counts = [
  [0, 3, 0],
  [0, 0, 0],
  [1, 5, 2],
];
const grid = (
  <HeatGrid
    label="Pairs"
    size={{ rows: 3, columns: 3 }}
    cellAt={(row, column) => {
      const count = counts[row]?.[column] ?? 0;
      return count > 0 ? { count, to: `/cell/${row}-${column}`, words: `${count} there` } : undefined;
    }}
    isPrinted
  />
);
const link = (name: string) => screen.getByRole("link", { name });

it("links only what holds something, and takes the focus as one thing", () => {
  renderApp(grid);
  const links = screen.getAllByRole("link");
  expect(links.map((each) => each.getAttribute("href"))).toEqual([
    "/cell/0-1",
    "/cell/2-0",
    "/cell/2-1",
    "/cell/2-2",
  ]);
  expect(links.filter((each) => each.tabIndex === 0)).toEqual([link("3 there")]);
});

it("goes by arrow keys to the next cell that holds something, and stays at the border", () => {
  renderApp(grid);
  link("3 there").focus();
  fireEvent.keyDown(document.activeElement as Element, { key: "ArrowDown" });
  expect(document.activeElement).toBe(link("5 there"));
  fireEvent.keyDown(document.activeElement as Element, { key: "ArrowRight" });
  expect(document.activeElement).toBe(link("2 there"));
  fireEvent.keyDown(document.activeElement as Element, { key: "ArrowRight" });
  fireEvent.keyDown(document.activeElement as Element, { key: "ArrowUp" });
  expect(document.activeElement).toBe(link("2 there"));
  expect(link("2 there").tabIndex).toBe(0);
  expect(link("5 there").tabIndex).toBe(-1);
});
