import { fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { fillTally, makeTally } from "@/review-data/tally";
import { makeColumns } from "@/review-data/testing";
import { renderApp } from "@/test/render";
import { ConfusionMatrix } from "./ConfusionMatrix";

const { navigate } = vi.hoisted(() => ({ navigate: vi.fn() }));
vi.mock("react-router", async (original) => ({ ...(await original<object>()), useNavigate: () => navigate }));
// Pixels are for the tests in Chromium.
vi.mock("@/components/chart/Chart", () => ({
  Chart: ({ cell }: { cell?: { x: number; y: number } }) => <i data-testid="frame">{JSON.stringify(cell)}</i>,
}));

const NAMES = Array.from({ length: 20 }, (_, i) => `species ${i}`);
const columns = makeColumns(
  [
    {
      labels: [{ class: 3 }, { class: 3 }, { class: 5 }],
      predictions: [
        { class: 3, confidence: 0.9, match: 0 },
        { class: 7, confidence: 0.8, match: 1 },
      ],
    },
  ],
  NAMES,
);

it("walks the cells of many classes by keys, says each, and opens its objects", () => {
  renderApp(
    <ConfusionMatrix
      names={NAMES}
      tally={fillTally(makeTally(columns), columns, 0.1)}
      normalised={false}
      addressOf={(predicted, labelled) => `/cell/${predicted}-${labelled}`}
    />,
  );
  const cells = screen.getByRole("application", { name: "Cells of the confusion matrix" });
  expect(cells.tabIndex).toBe(0);
  const said = screen.getByRole("status");
  expect(said.textContent).toBe("");
  fireEvent.focus(cells);
  expect(said.textContent).toBe("1 labelled species 3, predicted species 7 (50 % of these labels)");
  expect(screen.getByTestId("frame").textContent).toBe('{"x":3,"y":7}');

  fireEvent.keyDown(cells, { key: "ArrowRight" });
  expect(said.textContent).toBe("0 labelled species 4, predicted species 7 (0 % of these labels)");
  fireEvent.keyDown(cells, { key: "Enter" });
  expect(navigate, "an empty cell has no objects").not.toHaveBeenCalled();

  fireEvent.keyDown(cells, { key: "ArrowLeft" });
  fireEvent.keyDown(cells, { key: "ArrowUp", ctrlKey: true });
  expect(said.textContent).toBe("1 labelled species 3, predicted species 3 (50 % of these labels)");
  fireEvent.keyDown(cells, { key: "Enter" });
  expect(navigate).toHaveBeenCalledExactlyOnceWith("/cell/3-3");
});
