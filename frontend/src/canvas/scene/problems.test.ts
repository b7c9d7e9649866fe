import { describe, expect, it } from "vitest";
import type { Instance } from "../model/document";
import { type Problem, ProblemFinder } from "./problems";
import { Scene } from "./scene";

const SIZE = { width: 640, height: 640 };
const TRAINING = { imgsz: 640, maskRatio: 4 };
const object = (id: string, ring: number[]): Instance => ({ id, class_id: 1, polygons: [[ring]] });
const square = (x: number, y: number, side: number): number[] => [
  x,
  y,
  x + side,
  y,
  x + side,
  y + side,
  x,
  y + side,
];

function problemsOf(...instances: Instance[]): Record<string, readonly Problem[]> {
  const scene = new Scene();
  scene.update({ instances });
  const steps = new ProblemFinder(SIZE).find({ instances }, scene, TRAINING);
  for (;;) {
    const step = steps.next();
    if (step.done) return Object.fromEntries(step.value);
  }
}

describe("problems", () => {
  it.each<[string, number[], Problem[]]>([
    ["a sound object", square(100, 100, 50), []],
    ["one that crosses itself", [100, 100, 150, 150, 150, 100, 100, 150], ["crossing"]],
    ["one of a few pixels", square(101, 101, 2), ["tiny"]],
    ["one beyond the border", square(620, 100, 30), ["outside"]],
    ["one rounded onto the border", square(600.2, 100, 40), []],
  ])("of %s", (_, ring, expected) => {
    expect([...(problemsOf(object("a", ring)).a ?? [])].sort()).toEqual(expected);
  });

  it("of two that are one, drawn twice", () => {
    const found = problemsOf(
      object("a", square(100, 100, 50)),
      object("b", square(101, 101, 50)),
      object("c", square(120, 100, 50)),
      object("inside", square(105, 105, 30)),
    );
    const doubles = Object.keys(found).filter((id) => found[id]?.includes("double"));
    expect(doubles.sort()).toEqual(["a", "b"]);
  });

  it("of one that lies wholly under smaller ones", () => {
    const found = problemsOf(
      object("under", square(100, 100, 40)),
      object("left", square(90, 90, 31)),
      ...[
        [120, 90],
        [90, 120],
        [120, 120],
      ].map(([x = 0, y = 0], i) => object(`part${i}`, square(x, y, 31))),
    );
    expect(found.under).toContain("vanishes");
  });
});
