import { screen, within } from "@testing-library/react";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Evaluation } from "@/api/types";
import { readParams } from "@/lib/urlState";
import { selectObjects } from "@/review-data/select";
import { makeColumns } from "@/review-data/testing";
import { renderApp } from "@/test/render";
import { POSITION, SELECTION, selectionOf } from "../review/address";
import { AtConfidence } from "../review/AtConfidence";
import { OperatingPanel } from "./OperatingPanel";

const evaluation = {
  id: 3,
  best_confidence: { mask: 0.4, box: 0.4 },
  confidence_floor: 0.05,
  ultralytics: { mask: { precision: null, recall: null }, box: { precision: null, recall: null } },
} as unknown as Evaluation;

const images = fc.array(
  fc
    .record({
      labels: fc.array(fc.record({ class: fc.integer({ min: 0, max: 2 }) }), { maxLength: 4 }),
      predictions: fc.array(
        fc.record({
          class: fc.integer({ min: 0, max: 2 }),
          confidence: fc.integer({ min: 5, max: 100 }).map((percent) => percent / 100),
          isMatched: fc.boolean(),
        }),
        { maxLength: 5 },
      ),
    })
    .map(({ labels, predictions }) => ({
      labels,
      predictions: predictions
        .sort((a, b) => b.confidence - a.confidence)
        .map(({ isMatched, ...prediction }, rank) =>
          isMatched && rank < labels.length ? { ...prediction, match: rank } : prediction,
        ),
    })),
  { minLength: 1, maxLength: 3 },
);

/** The objects that a figure's link opens, or null where it leads nowhere. */
function opened(
  label: string,
  columns: ReturnType<typeof makeColumns>,
): { shown: string; objects: number | null } {
  const stat = screen.getByText(label).parentElement as HTMLElement;
  const link = within(stat).queryByRole("link");
  const shown = stat.textContent.replace(label, "");
  if (!link) return { shown, objects: null };
  const params = new URLSearchParams((link.getAttribute("href") ?? "").split("?")[1]);
  const { confidence } = readParams(POSITION, params);
  const selection = selectionOf(readParams(SELECTION, params));
  return { shown, objects: selectObjects(columns, selection, confidence ?? -1).length };
}

it("every count opens exactly as many objects, every rate those that it is of", () => {
  fc.assert(
    fc.property(images, fc.integer({ min: 5, max: 95 }), (plain, percent) => {
      const columns = makeColumns(plain, ["duck", "swan", "goose"]);
      const position = { evaluation: 3, basis: "mask", iou: 0.5, confidence: percent / 100 } as const;
      const { unmount } = renderApp(
        <AtConfidence
          evaluation={evaluation}
          columns={columns}
          position={position}
          onPosition={() => undefined}
        >
          <OperatingPanel
            run={4}
            evaluation={evaluation}
            columns={columns}
            position={position}
            average="objects"
            onAverage={() => undefined}
          />
        </AtConfidence>,
      );
      const counts: Record<string, number> = {};
      for (const label of ["Correct", "False positives", "Wrong class", "Missed"]) {
        const { shown, objects } = opened(label, columns);
        expect(objects ?? 0).toBe(Number(shown));
        counts[label] = Number(shown);
      }
      const {
        Correct: right = 0,
        "False positives": extra = 0,
        "Wrong class": wrong = 0,
        Missed: missed = 0,
      } = counts;
      const rates = {
        Precision: right + extra + wrong,
        Recall: right + wrong + missed,
        F1: right + extra + wrong + missed,
      };
      for (const [label, all] of Object.entries(rates)) {
        const { objects } = opened(label, columns);
        if (objects !== null) expect(objects).toBe(all);
      }
      unmount();
    }),
    { numRuns: 25 },
  );
});
