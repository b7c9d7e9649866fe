import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseColumns } from "./columns";
import { judgeImage, stepBelow } from "./judge";
import {
  ANY,
  EVERYTHING,
  indexOf,
  isPrediction,
  type Selection,
  selectImages,
  selectObjects,
} from "./select";
import {
  columnShares,
  confidenceHistogram,
  fillTally,
  FN,
  FP,
  imageQuality,
  makeTally,
  outcomeOfLabel,
  outcomeOfPrediction,
  type Tally,
  TP,
  WRONG_CLASS,
  wrongClassCount,
} from "./tally";
import { averageRates, classRates } from "./rates";
import { encodeColumns, makeColumns, type PlainImage } from "./testing";

const CLASSES = ["duck", "swan"];
/** Two ducks and a swan: one duck found, one called a swan, the swan missed, one prediction of nothing. */
const POND: PlainImage[] = [
  {
    labels: [
      { class: 0, area: 500 },
      { class: 0, area: 5000 },
      { class: 1, area: 20000 },
    ],
    predictions: [
      { class: 0, confidence: 0.9, match: 0, iou: 0.6 },
      { class: 1, confidence: 0.7, match: 1, iou: 0.75 },
      { class: 1, confidence: 0.3, area: 400 },
    ],
  },
  { labels: [], predictions: [] },
  { labels: [{ class: 1 }], predictions: [{ class: 1, confidence: 0.6, match: 0, iou: 0.95 }] },
];
const pond = makeColumns(POND, CLASSES);
const at = (confidence: number, columns = pond) => fillTally(makeTally(columns), columns, confidence);
const allRates = (tally: Tally) => averageRates(classRates(tally), "objects");
const found = (change: Partial<Selection>, confidence = 0.1) =>
  Array.from(selectObjects(pond, { ...EVERYTHING, ...change }, confidence), (object) =>
    isPrediction(object) ? `p${object}` : `l${indexOf(object)}`,
  );

const images = fc.array(
  fc
    .record({
      labels: fc.array(
        fc.record({ class: fc.integer({ min: 0, max: 2 }), area: fc.integer({ min: 1, max: 30_000 }) }),
        { maxLength: 5 },
      ),
      predictions: fc.array(
        fc.record({
          class: fc.integer({ min: 0, max: 2 }),
          confidence: fc.integer({ min: 5, max: 100 }).map((percent) => percent / 100),
          iou: fc.integer({ min: 50, max: 100 }).map((percent) => percent / 100),
          isMatched: fc.boolean(),
        }),
        { maxLength: 6 },
      ),
    })
    .map(({ labels, predictions }): PlainImage => {
      const ranked = [...predictions].sort((a, b) => b.confidence - a.confidence);
      let next = 0;
      return {
        labels,
        predictions: ranked.map(({ isMatched, ...prediction }) =>
          isMatched && next < labels.length ? { ...prediction, match: next++ } : prediction,
        ),
      };
    }),
  { minLength: 1, maxLength: 6 },
);
const percent = fc.integer({ min: 0, max: 100 }).map((whole) => whole / 100);

describe("columns", () => {
  it("are views into the bytes that came", () => {
    const bytes = encodeColumns(POND, CLASSES);
    const columns = parseColumns(bytes);
    expect(columns.predictions.confidence.buffer).toBe(bytes);
    expect([...columns.labels.image]).toEqual([0, 0, 0, 2]);
    expect([...columns.imageByName]).toEqual([2, 1, 0]);
  });

  it("that are cut off, or of another format, end as a sentence", () => {
    const bytes = encodeColumns(POND, CLASSES);
    expect(() => parseColumns(bytes.slice(0, 3))).toThrow(/cut off/);
    expect(() => parseColumns(bytes.slice(0, bytes.byteLength - 60))).toThrow(/lacks the column/);
    const text = new TextDecoder().decode(bytes);
    new Uint8Array(bytes)[text.indexOf('"format":1') + '"format":'.length] = "9".charCodeAt(0);
    expect(() => parseColumns(bytes)).toThrow(/older than the server/);
  });
});

it("an image is judged alike from the step below a confidence on", () => {
  fc.assert(
    fc.property(images, percent, (plain, confidence) => {
      const columns = makeColumns(plain, ["a", "b", "c"]);
      const step = stepBelow(columns, 0, confidence);
      expect(judgeImage(columns, 0, step)).toEqual(judgeImage(columns, 0, confidence));
      const { start, confidence: values } = columns.predictions;
      const own = [...values.subarray(start[0], start[1])];
      expect([0, ...own.filter((value) => value <= Math.fround(confidence))]).toContain(step);
    }),
  );
});

describe("kinds of errors", () => {
  const columns = makeColumns(
    [
      {
        labels: [{ class: 0 }, { class: 0 }, { class: 1 }],
        predictions: [
          { class: 0, confidence: 0.9, match: 0 },
          { class: 0, confidence: 0.8, error: 1, target: 1 },
          { class: 0, confidence: 0.7, error: 4, target: -1 },
        ],
      },
    ],
    CLASSES,
  );
  const count = (error: Selection["error"], confidence: number) =>
    selectObjects(columns, { ...EVERYTHING, error }, confidence).length;

  it("are told by the server, whatever the outcome is at the IoU of the columns", () => {
    expect([count("localisation", 0.1), count("background", 0.1), count("both", 0.1)]).toEqual([1, 1, 0]);
  });

  it("leave as missed what no present prediction aims at", () => {
    expect([count("missed", 0.1), count("missed", 0.85)]).toEqual([1, 2]);
  });
});

describe("a row or a column of the matrix", () => {
  it("holds what was predicted, or labelled, so", () => {
    expect(found({ cell: [1, ANY] })).toEqual(["p2", "p1", "p3"]);
    expect(found({ cell: [ANY, 0] })).toEqual(["p1", "p0"]);
    expect(found({ cell: [ANY, 1] })).toEqual(["l2", "p3"]);
  });

  it("and every label, or every prediction, is found together", () => {
    expect(found({ outcome: "labelled" })).toHaveLength(4);
    expect(found({ outcome: "predicted" })).toHaveLength(4);
  });
});

describe("the matrix", () => {
  it("has what was predicted in rows, what is labelled in columns, the background last", () => {
    expect([...at(0.1).counts]).toEqual([1, 0, 0, 1, 1, 1, 0, 1, 0]);
  });

  it("turns a match into a missed label when its prediction falls below the threshold", () => {
    expect([...at(0.8).counts]).toEqual([1, 0, 0, 0, 0, 0, 1, 2, 0]);
  });

  it("leaves out predictions at the threshold itself, in the columns' precision", () => {
    expect(allRates(at(0.9)).predictions).toBe(0);
    expect(allRates(at(0.89)).predictions).toBe(1);
  });

  it("sums to all labels and all predictions above the threshold, whatever they are", () => {
    fc.assert(
      fc.property(images, percent, (plain, confidence) => {
        const columns = makeColumns(plain, ["a", "b", "c"]);
        const rates = allRates(at(confidence, columns));
        const threshold = Math.fround(confidence);
        expect(rates.labels).toBe(columns.labels.count);
        expect(rates.predictions).toBe(
          columns.predictions.confidence.filter((value) => value > threshold).length,
        );
      }),
    );
  });

  it("counted again at another confidence remembers nothing", () => {
    const tally = makeTally(pond);
    fillTally(tally, pond, 0);
    expect(fillTally(tally, pond, 0.8)).toEqual(at(0.8));
  });

  it("moved there by any way, is what one pass over all objects counts", () => {
    fc.assert(
      fc.property(images, fc.array(percent, { minLength: 1, maxLength: 5 }), (plain, way) => {
        const columns = makeColumns(plain, ["a", "b", "c"]);
        const { labels, predictions, imageCount } = columns;
        const tally = makeTally(columns);
        for (const confidence of way) fillTally(tally, columns, confidence);
        const threshold = Math.fround(tally.confidence);
        const expected = Array.from({ length: imageCount }, () => [0, 0, 0, 0, 0]);
        const outcomes = (i: number) => expected[i] as number[];
        for (let p = 0; p < predictions.count; p++) {
          const outcome = outcomeOfPrediction(columns, p, threshold);
          const image = outcomes(predictions.image[p] as number);
          if (outcome === FP || outcome === WRONG_CLASS || outcome === TP) (image[outcome] as number)++;
          if (outcome === TP) (image[4] as number) += predictions.iou[p] as number;
        }
        for (let l = 0; l < labels.count; l++)
          if (outcomeOfLabel(columns, l, threshold) === FN)
            (outcomes(labels.image[l] as number)[FN] as number)++;
        const { truePositives, falsePositives, falseNegatives, wrongClass, iouSum } = tally;
        const counted = Array.from({ length: imageCount }, (_, i) =>
          [truePositives, falsePositives, falseNegatives, wrongClass, iouSum].map((array) => array[i]),
        );
        expect(counted).toEqual(expected);
        expect(wrongClassCount(tally)).toBe(wrongClass.reduce((sum, count) => sum + count, 0));
      }),
    );
  });

  it("normalised by column, sums to 1 where there are labels", () => {
    const shares = columnShares(at(0.1));
    expect([0, 3, 6].reduce((sum, at) => sum + (shares[at] ?? 0), 0)).toBe(1);
    expect([...columnShares(at(1))].filter((share) => share > 0)).toHaveLength(2);
  });
});

it("rates a class by its row and column, and says nothing where there is nothing", () => {
  const [duck, swan] = classRates(at(0.1));
  expect(duck).toMatchObject({ labels: 2, predictions: 1, truePositives: 1, precision: 1, recall: 0.5 });
  expect(swan).toMatchObject({ labels: 2, predictions: 3, precision: 1 / 3, recall: 0.5, f1: 0.4 });
  expect(classRates(at(1))[0]).toMatchObject({
    precision: null,
    recall: null,
    f1: null,
    reason: "nothing_found",
  });
});

it("an image's quality is its panoptic quality, 1 where nothing is and nothing was found", () => {
  // One right at 0.6; one wrong class, one missed, one false.
  expect(imageQuality(at(0.1), 0)).toBeCloseTo(0.6 / 3, 6);
  expect(imageQuality(at(0.1), 1)).toBe(1);
});

it("counts confidences in bins, 1 in the last", () => {
  const columns = makeColumns(
    [{ labels: [{ class: 0 }], predictions: [{ class: 0, confidence: 1, match: 0 }] }],
    ["duck"],
  );
  expect([...confidenceHistogram(columns, 4).right]).toEqual([0, 0, 0, 1]);
  expect([...confidenceHistogram(pond, 2).wrongClass]).toEqual([0, 1]);
  expect([...confidenceHistogram(pond, 2).wrong]).toEqual([1, 0]);
});

describe("selected objects", () => {
  it("come in the server's order: false, wrong class, missed, then right ones from the loosest", () => {
    expect(found({})).toEqual(["p2", "p1", "l2", "p0", "p3"]);
  });

  it.each<[Partial<Selection>, string[]]>([
    [{ outcome: "missed" }, ["l2"]],
    [{ outcome: "false" }, ["p2"]],
    [{ outcome: "wrong_class" }, ["p1"]],
    [{ outcome: "low_iou" }, ["p0"]],
    [{ outcome: "right" }, ["p0", "p3"]],
    [{ class: 0 }, ["p1", "p0"]],
    [{ cell: [1, 0] }, ["p1"]],
    [{ cell: [1, 2] }, ["p2"]],
    [{ cell: [2, 1] }, ["l2"]],
    [{ cell: [1, 1] }, ["p3"]],
    [{ size: "small" }, ["p2", "p0"]],
    [{ size: "large" }, ["l2"]],
    [{ iou: [0.5, 0.8] }, ["p1", "p0"]],
    [{ confidence: [0.5, 0.8] }, ["p1", "p3"]],
  ])("%j leaves %j", (change, objects) => {
    expect(found(change)).toEqual(objects);
  });

  it("of a cell are as many as the cell says, at any confidence", () => {
    fc.assert(
      fc.property(images, percent, (plain, confidence) => {
        const columns = makeColumns(plain, ["a", "b", "c"]);
        const { counts, size } = at(confidence, columns);
        for (let predicted = 0; predicted < size; predicted++)
          for (let labelled = 0; labelled < size; labelled++)
            expect(
              selectObjects(columns, { ...EVERYTHING, cell: [predicted, labelled] }, confidence).length,
            ).toBe(counts[predicted * size + labelled]);
      }),
      { numRuns: 50 },
    );
  });
});

describe("selected images", () => {
  it("are the worst first, or by name", () => {
    expect([...selectImages(pond, EVERYTHING, at(0.1), "worst")]).toEqual([0, 2, 1]);
    expect([...selectImages(pond, EVERYTHING, at(0.1), "name")]).toEqual([2, 1, 0]);
  });

  it("are those that hold a selected object", () => {
    fc.assert(
      fc.property(
        images,
        percent,
        fc.constantFrom("missed", "false", "low_iou"),
        (plain, confidence, outcome) => {
          const columns = makeColumns(plain, ["a", "b", "c"]);
          const selection = { ...EVERYTHING, outcome } as Selection;
          const holding = new Set(
            Array.from(selectObjects(columns, selection, confidence), (object) =>
              isPrediction(object)
                ? columns.predictions.image[object]
                : columns.labels.image[indexOf(object)],
            ),
          );
          const tally = at(confidence, columns);
          expect(new Set(selectImages(columns, selection, tally, "worst"))).toEqual(holding);
        },
      ),
    );
  });

  it("never let a better image stand before a worse one", () => {
    fc.assert(
      fc.property(images, percent, (plain, confidence) => {
        const columns = makeColumns(plain, ["a", "b", "c"]);
        const tally = at(confidence, columns);
        const qualities = [...selectImages(columns, EVERYTHING, tally, "worst")].map((image) =>
          imageQuality(tally, image),
        );
        qualities.reduce((before, quality) => {
          expect(quality).toBeGreaterThanOrEqual(before - 1 / 4000);
          return quality;
        }, 0);
      }),
    );
  });
});

it("judges an image as the matrix counts it, with places that do not move with the threshold", () => {
  const low = judgeImage(pond, 0, 0.1);
  expect(low.labels.map(({ outcome, partner }) => [outcome, partner])).toEqual([
    ["tp", 0],
    ["wrong_class", 1],
    ["fn", null],
  ]);
  expect(low.predictions.map(({ outcome, partner }) => [outcome, partner])).toEqual([
    ["tp", 0],
    ["wrong_class", 1],
    ["fp", null],
  ]);
  const high = judgeImage(pond, 0, 0.8);
  expect(high.predictions.map(({ index }) => index)).toEqual([0]);
  expect(high.labels[1]).toMatchObject({ outcome: "fn", partner: null, iou: null });
});
