import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderApp } from "@/test/render";
import { Viewer } from "./Viewer";

it.each([
  ["+", "1.50"],
  ["{Shift>}+{/Shift}", "1.50"],
  ["=", "1.50"],
  ["++-", "1.50"],
  ["++0+", "1.50"],
])("zooms by the keys %s", async (keys, zoom) => {
  renderApp(
    <Viewer title="cat.jpg" position="1 of 2" onClose={vi.fn()}>
      {(view) => `zoomed ${view.zoom.toFixed(2)}`}
    </Viewer>,
  );
  await userEvent.keyboard(keys);
  expect(screen.getByText(`zoomed ${zoom}`)).toBeTruthy();
});
