import { describe, expect, it } from "vitest";
import { AVERAGES, averageRates, bestConfidence, classRates, rateCurves } from "./rates";
// The server is held to the same cases: tests/training/evaluation/scores/test_operating.py.
import shared from "./rates.cases.json";
import { fillTally, makeTally, wrongClassCount } from "./tally";
import { makeColumns, type PlainImage, type PlainPrediction } from "./testing";

const RATES = ["precision", "recall", "f1"] as const;

describe.each(shared.cases)("$name", (example) => {
  const columns = makeColumns(imagesOf(example), example.classes);
  const tally = fillTally(makeTally(columns), columns, example.confidence);
  const classes = classRates(tally);

  it("has the counts and rates that the server has", () => {
    const objects = averageRates(classes, "objects");
    const mean = averageRates(classes, "classes");
    for (const rates of [objects, mean]) {
      expect(rates.labels).toBe(example.labels);
      expect(rates.predictions).toBe(example.predictions);
      expect(rates.truePositives).toBe(example.true_positives);
      expect(rates.reason).toBe(example.reason);
    }
    for (const rate of RATES) {
      expectRate(objects[rate], example.all_objects[rate]);
      expectRate(mean[rate], example.mean_of_classes[rate]);
    }
    expect(wrongClassCount(tally)).toBe(example.wrong_class);
    for (const row of example.class_rates) {
      const own = classes[row.class_index];
      expect(own).toMatchObject({ labels: row.labels, predictions: row.predictions, reason: row.reason });
      for (const rate of RATES) expectRate(own?.[rate] ?? null, row[rate]);
    }
  });

  it("has the best confidence that the server has, and no other has a higher F1", () => {
    const curves = rateCurves(columns);
    const best = bestConfidence(curves, "classes", columns.confidenceFloor);
    expect(best).toBeCloseTo(example.best_confidence, 9);
    for (const average of AVERAGES) {
      const at = bestConfidence(curves, average, columns.confidenceFloor);
      const f1 = (confidence: number) =>
        averageRates(classRates(fillTally(makeTally(columns), columns, confidence)), average).f1 ?? 0;
      for (const step of [60, 175, 299, 424, 499, 650, 700, 899])
        expect(f1(at)).toBeGreaterThanOrEqual(f1(step / 1000) - 1e-9);
    }
  });

  it("has curves that pass through its counts", () => {
    const { average, confidence } = rateCurves(columns);
    for (const step of [100, 400, 600, 650, 899, 950]) {
      const here = classRates(fillTally(makeTally(columns), columns, confidence[step] as number));
      for (const of of AVERAGES)
        for (const rate of RATES) expectRate(average[of][rate][step] ?? null, averageRates(here, of)[rate]);
    }
  });
});

/** The cases name a label by its class alone. */
function imagesOf({ images }: (typeof shared.cases)[number]): PlainImage[] {
  return images.map(({ labels, predictions }) => ({
    labels: labels.map((index) => ({ class: index })),
    predictions: predictions as PlainPrediction[],
  }));
}

function expectRate(own: number | null, expected: number | null) {
  if (expected === null) expect(own).toBeNull();
  else expect(own).toBeCloseTo(expected, 9);
}
