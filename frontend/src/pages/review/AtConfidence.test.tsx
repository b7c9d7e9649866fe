import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Evaluation } from "@/api/types";
import { makeColumns } from "@/review-data/testing";
import { renderApp } from "@/test/render";
import { AtConfidence, useAt, useHand } from "./AtConfidence";

const columns = makeColumns(
  [
    {
      labels: [{ class: 0 }],
      predictions: [
        { class: 0, confidence: 0.9, match: 0 },
        { class: 0, confidence: 0.4 },
      ],
    },
  ],
  ["duck"],
);
const evaluation = { best_confidence: { mask: 0.3, box: 0.3 }, confidence_floor: 0.05 } as Evaluation;
const position = { evaluation: 0, basis: "mask", iou: 0.5, confidence: null } as const;

let renderings = { page: 0, counts: 0 };
let hand: ReturnType<typeof useHand>;

function Counts() {
  renderings.counts++;
  const { confidence, tally } = useAt();
  return (
    <p>
      {tally?.counts[1]} false at {confidence}
    </p>
  );
}

function Page() {
  renderings.page++;
  hand = useHand();
  return <Counts />;
}

it("a moving hand renders only what follows it, and at once", () => {
  renderings = { page: 0, counts: 0 };
  const onPosition = vi.fn();
  renderApp(
    <AtConfidence evaluation={evaluation} columns={columns} position={position} onPosition={onPosition}>
      <Page />
    </AtConfidence>,
  );
  expect(screen.getByText("1 false at 0.3")).toBeTruthy();
  const before = { ...renderings };
  // No act(): what the hand does is on the screen when `move` returns.
  hand.move(0.6);
  expect(screen.getByText("0 false at 0.6")).toBeTruthy();
  hand.move(0);
  expect(screen.getByText("1 false at 0.05")).toBeTruthy();
  expect(renderings).toEqual({ page: before.page, counts: before.counts + 2 });
  expect(onPosition).not.toHaveBeenCalled();
});
