import { describe, expect, it } from "vitest";
import type { EvaluatedImage, Shape, Verdict } from "@/api/types";
import type { AnnotationDocument, Instance } from "@/canvas/model/document";
import { areaOf } from "@/canvas/geometry/polygons";
import {
  extentsOf,
  type Ghost,
  ghostsOf,
  ghostsOfPrediction,
  isDrawn,
  ghostsOfVerdict,
  isTaken,
  polygonsOf,
  stepTo,
  takeGhost,
} from "./ghosts";

const SIZE = { width: 200, height: 100 };
const CLASSES = [
  { id: 7, index: 0, name: "duck" },
  { id: 8, index: 1, name: "swan" },
];

function square(x: number, y: number, side = 20): number[] {
  return [x, y, x + side, y, x + side, y + side, x, y + side];
}

function shape(over: Partial<Shape>): Shape {
  const polygon = over.polygon ?? square(10, 10);
  return {
    class_index: 0,
    box: [0, 0, 1, 1],
    confidence: null,
    outcome: "fp",
    iou: null,
    match: null,
    ...over,
    polygon,
  };
}

function image(labels: Shape[], predictions: Shape[]): EvaluatedImage {
  return { ...SIZE, key: "3", image: "a", file_name: "a.jpg", labels, predictions } as EvaluatedImage;
}

const ghost = (over: Partial<Ghost> = {}): Ghost => ({
  index: 0,
  polygons: [[square(10, 10)]],
  className: "duck",
  classId: 7,
  confidence: 0.9,
  ...over,
});

const instance = (id: string, ring: number[], class_id = 7): Instance => ({
  id,
  class_id,
  polygons: [[ring]],
});

describe("isDrawn", () => {
  it("knows a prediction that was taken at an earlier visit by its outline alone", () => {
    const kept = instance("a", square(10.00004, 10));
    expect(isDrawn(ghost(), extentsOf({ instances: [kept] }))).toBe(true);
    expect(isDrawn(ghost(), extentsOf({ instances: [instance("a", square(10.5, 10))] }))).toBe(false);
    const diamond = [20, 10, 30, 20, 20, 30, 10, 20];
    expect(isDrawn(ghost(), extentsOf({ instances: [instance("a", diamond)] }))).toBe(false);
  });
});

describe("polygonsOf", () => {
  it("takes a row apart where bridges join its parts and holes", () => {
    const bridged = [
      ...[0, 0, 40, 0, 40, 40, 0, 40, 0, 0],
      // over the bridge to the hole, round it the other way, and back
      ...[10, 10, 10, 30, 30, 30, 30, 10, 10, 10, 0, 0],
    ];
    const polygons = polygonsOf(bridged);
    expect(polygons).toHaveLength(1);
    expect(polygons[0]).toHaveLength(2);
    expect(areaOf(polygons)).toBeCloseTo(1600 - 400);
  });
});

describe("ghostsOf", () => {
  it("finds the prediction that was asked for, and what to show around it", () => {
    const found = ghostsOf(
      image(
        [],
        [shape({ confidence: 0.9 }), shape({ confidence: 0.4, class_index: 1, polygon: square(100, 50) })],
      ),
      { side: "prediction", index: 1 },
      CLASSES,
    );
    expect(found.wanted).toBe(1);
    expect(found.ghosts[1]).toMatchObject({ className: "swan", classId: 8, confidence: 0.4 });
    expect(found.label).toEqual([]);
    expect(found.box).toEqual({ minX: 88, minY: 38, maxX: 132, maxY: 82 });
  });

  it("shows a label with the prediction matched to it", () => {
    const labels = [shape({ outcome: "tp", match: 1, polygon: square(50, 10) })];
    const predictions = [shape({ confidence: 0.9 }), shape({ confidence: 0.8, polygon: square(52, 10) })];
    const found = ghostsOf(image(labels, predictions), { side: "label", index: 0 }, CLASSES);
    expect(found.wanted).toBe(1);
    expect(areaOf(found.label)).toBeCloseTo(400);
  });

  it("has no ghost in question for a label that nothing found", () => {
    const labels = [shape({ outcome: "fn" })];
    const found = ghostsOf(image(labels, [shape({ confidence: 0.9 })]), { side: "label", index: 0 }, CLASSES);
    expect(found.wanted).toBe(-1);
    expect(found.ghosts).toHaveLength(1);
  });
});

it("shows what a verdict has kept, without the evaluation", () => {
  const verdict = {
    ...SIZE,
    side: "label",
    polygon: square(10, 10),
    partner_polygon: square(12, 10),
    class_name: "duck",
    partner_class_name: "swan",
    confidence: null,
  } as Verdict;
  const found = ghostsOfVerdict(verdict, CLASSES);
  expect(found.ghosts).toMatchObject([{ className: "swan", classId: 8 }]);
  expect(areaOf(found.label)).toBeCloseTo(400);
});

describe("takeGhost", () => {
  it("adds an object of the predicted class", () => {
    const document: AnnotationDocument = { instances: [instance("far", square(150, 50))] };
    const taken = takeGhost(ghost(), document, SIZE, 8);
    expect(taken?.before).toBeNull();
    const after = taken?.action(document);
    expect(after?.instances).toHaveLength(2);
    expect(after?.instances[1]).toMatchObject({ class_id: 7 });
    expect(isTaken(taken ?? undefined, after as AnnotationDocument)).toBe(true);
    expect(isTaken(taken ?? undefined, document)).toBe(false);
  });

  it("replaces the outline of the object that is there, which keeps its id, class and note", () => {
    const there = { ...instance("there", square(12, 10), 8), note: "behind reeds" };
    const document: AnnotationDocument = { instances: [there] };
    const taken = takeGhost(ghost(), document, SIZE, null);
    const after = taken?.action(document) as AnnotationDocument;
    expect(after.instances).toMatchObject([
      { id: "there", class_id: 8, note: "behind reeds", polygons: [[square(10, 10)]] },
    ]);
    expect(isTaken(taken ?? undefined, after)).toBe(true);
    // undone, it is not taken any more
    expect(isTaken(taken ?? undefined, document)).toBe(false);
  });

  it("adds beside an object that overlaps it little", () => {
    const document: AnnotationDocument = { instances: [instance("there", square(20, 10))] };
    expect(takeGhost(ghost(), document, SIZE, null)?.before).toBeNull();
  });

  it("falls back to the class at hand, and does nothing without one", () => {
    const document: AnnotationDocument = { instances: [] };
    expect(takeGhost(ghost({ classId: null }), document, SIZE, 8)?.instance.class_id).toBe(8);
    expect(takeGhost(ghost({ classId: null }), document, SIZE, null)).toBeNull();
  });
});

describe("stepTo", () => {
  const none = () => false;
  it("goes round, and passes over what is taken", () => {
    expect(stepTo(0, 1, 3, none)).toBe(1);
    expect(stepTo(2, 1, 3, none)).toBe(0);
    expect(stepTo(0, -1, 3, none)).toBe(2);
    expect(stepTo(0, 1, 3, (index) => index === 1)).toBe(2);
  });
  it("begins at either end where none is in question", () => {
    expect(stepTo(-1, 1, 3, none)).toBe(0);
    expect(stepTo(-1, -1, 3, none)).toBe(2);
  });
  it("goes on where all are taken, and nowhere without any", () => {
    expect(stepTo(0, 1, 3, () => true)).toBe(1);
    expect(stepTo(0, 1, 0, none)).toBe(-1);
  });
});

describe("ghostsOfPrediction", () => {
  const found = (confidence: number, class_id: number | null = 7) => ({
    class_id,
    class_name: "duck",
    confidence,
    polygon: square(10, 10),
  });

  it("shows what reaches the slider, and the slider renames none", () => {
    const prediction = { ghosts: [found(0.9), found(0.5, null), found(0.06)] };
    expect(ghostsOfPrediction(prediction, 0.05).ghosts.map(({ index }) => index)).toEqual([0, 1, 2]);
    const { ghosts, wanted } = ghostsOfPrediction(prediction, 0.5);
    expect(ghosts.map(({ index, classId }) => [index, classId])).toEqual([
      [0, 7],
      [1, null],
    ]);
    expect(wanted).toBe(0);
    expect(ghostsOfPrediction(prediction, 0.95)).toMatchObject({ ghosts: [], wanted: -1 });
  });
});
