import { describe, expect, it } from "vitest";
import type { ImageShapes } from "@/api/types";
import { OUTCOME_DASHES } from "@/lib/colors";
import { makeColumns } from "@/review-data/testing";
import { drawShapes, faultWords, formatPlace, isOfPair, locate, parsePlace, seeImage } from "./seen";

const columns = makeColumns(
  [
    { labels: [], predictions: [] },
    {
      labels: [{ class: 0 }, { class: 1 }],
      predictions: [
        { class: 0, confidence: 0.9, match: 0 },
        { class: 1, confidence: 0.3 },
      ],
    },
  ],
  ["duck", "swan"],
);
const shape = { class_index: 0, polygon: [0, 0, 4, 0, 4, 4], box: [0, 0, 4, 4], confidence: null };
const shapes = { key: "1", labels: [shape, shape], predictions: [shape, shape] } as unknown as ImageShapes;
const colors = new Map([[0, "#112233"]]);

describe("seeImage", () => {
  it("joins polygons with what became of them, at any confidence", () => {
    const low = seeImage(columns, shapes, 0.1);
    expect(low.labels.map(({ outcome }) => outcome)).toEqual(["tp", "fn"]);
    expect(low.predictions.map(({ outcome }) => outcome)).toEqual(["tp", "fp"]);
    expect(seeImage(columns, shapes, 0.5).predictions).toHaveLength(1);
  });

  it("tells what is wrong in words", () => {
    expect(faultWords(seeImage(columns, shapes, 0.1))).toBe("1 missed, 1 false");
    expect(faultWords({ labels: [], predictions: [], ignored: [], regions: [] })).toBe(
      "nothing here, nothing found",
    );
  });
});

it("an object is found again by its place", () => {
  expect(locate(columns, 1)).toEqual({ image: 1, place: { side: "prediction", index: 1 } });
  expect(locate(columns, ~0)).toEqual({ image: 1, place: { side: "label", index: 0 } });
  expect(parsePlace(formatPlace({ side: "label", index: 12 }))).toEqual({ side: "label", index: 12 });
  expect(parsePlace("x3")).toBeNull();
});

describe("drawing", () => {
  const { labels, predictions } = seeImage(columns, shapes, 0.1);

  it("tells outcomes apart by dashes as well as by colour", () => {
    expect(new Set(Object.values(OUTCOME_DASHES)).size).toBe(4);
    const [found, missed] = drawShapes(labels, { colouring: "outcome", colors }, true);
    expect(found).toMatchObject({ color: "#ffffff", dash: "5 4" });
    expect(missed).toMatchObject({ color: "#f0e442", dash: OUTCOME_DASHES.fn });
  });

  it("lights an object with its partner and fades the rest", () => {
    const meant = { side: "label", index: 0 } as const;
    expect(predictions.map((shape) => isOfPair(shape, meant))).toEqual([true, false]);
    expect(
      drawShapes(predictions, { colouring: "outcome", colors, meant }).map(({ emphasis }) => emphasis),
    ).toEqual(["lit", "faded"]);
  });

  it("lights what is under the pointer and leaves the rest as it is", () => {
    const hovered = { side: "label", index: 0 } as const;
    const emphasis = (meant: typeof hovered | null) =>
      drawShapes(predictions, { colouring: "outcome", colors, meant, hovered }).map((mask) => mask.emphasis);
    expect(emphasis(null)).toEqual(["lit", undefined]);
    expect(emphasis(hovered)).toEqual(["lit", "faded"]);
  });

  it("gives a pair one colour and its neighbours others, where objects are to be told apart", () => {
    const drawing = { colouring: "object", colors } as const;
    const [label, neighbour] = drawShapes(labels, drawing, true);
    expect(drawShapes(predictions, drawing)[0]?.color).toBe(label?.color);
    expect(neighbour?.color).not.toBe(label?.color);
  });

  it("captions predictions, and survives a class without a colour", () => {
    const [first, second] = drawShapes(predictions, { colouring: "class", colors, captions: true });
    expect(first).toMatchObject({ color: "#112233", caption: "0.900" });
    expect(second?.color).toBe("#9aa3a4");
  });
});
