import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Instance } from "../model/document";
import { boxesMeet, boxOf } from "../geometry/polygons";
import { hitBody, hitHandle } from "./hit";
import { levelOf, Outline } from "./outline";
import { Scene } from "./scene";

function square(id: string, x: number, side = 20): Instance {
  return { id, class_id: 1, polygons: [[[x, x, x + side, x, x + side, x + side, x, x + side]]] };
}

const documents = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom(...Array.from("abcdefghijkl")),
      x: fc.nat(80),
      side: fc.integer({ min: 2, max: 40 }),
    }),
    {
      selector: (each) => each.id,
    },
  )
  .map((list) => ({ instances: list.map(({ id, x, side }) => square(id, x, side)) }));

describe("Scene", () => {
  it("finds after any updates what a search through everything finds, bottom to top", () => {
    fc.assert(
      fc.property(fc.array(documents, { minLength: 1, maxLength: 5 }), fc.nat(80), (steps, x) => {
        const scene = new Scene();
        for (const step of steps) scene.update(step);
        const window = { minX: x, minY: x, maxX: x + 15, maxY: x + 15 };
        const last = steps.at(-1)?.instances ?? [];
        const expected = last
          .filter((each) => boxesMeet(boxOf(each.polygons), window))
          .map((each) => each.id);
        expect(scene.search(window).map((item) => item.id)).toEqual(expected);
        expect(scene.count).toBe(last.length);
      }),
    );
  });

  it("says where it changed: the old place and the new", () => {
    const scene = new Scene();
    const still = square("still", 60);
    scene.update({ instances: [square("a", 0), still] });
    const changes = scene.update({ instances: [square("a", 5), still] });
    expect(changes.map(({ id, box }) => [id, box.minX])).toEqual([
      ["a", 0],
      ["a", 5],
    ]);
  });
});

describe("hit testing", () => {
  const big = square("big", 0, 100);
  const small = square("small", 40, 10);
  const holed: Instance = {
    id: "holed",
    class_id: 1,
    polygons: [
      [
        [200, 200, 300, 200, 300, 300, 200, 300],
        [220, 220, 280, 220, 280, 280, 220, 280],
      ],
    ],
  };
  const scene = new Scene();
  scene.update({ instances: [small, big, holed] });

  it.each([
    ["the smaller of two, though it lies below", { x: 45, y: 45 }, "small"],
    ["the larger beside it", { x: 80, y: 80 }, "big"],
    ["nothing in a hole", { x: 250, y: 250 }, undefined],
    ["the rim of the hole", { x: 210, y: 250 }, "holed"],
    ["an outline just missed", { x: 102, y: 50 }, "big"],
    ["nothing far away", { x: 150, y: 150 }, undefined],
  ])("takes %s", (_, point, id) => {
    expect(hitBody(scene, point, 4)?.id).toBe(id);
  });

  it("does not take what is hidden", () => {
    expect(hitBody(scene, { x: 45, y: 45 }, 4, (id) => id !== "small")?.id).toBe("big");
  });

  it("takes a vertex before the edge it is on, and rings of holes too", () => {
    expect(hitHandle(holed.polygons, { x: 221, y: 221 }, 5)).toEqual({
      kind: "vertex",
      ref: { part: 0, ring: 1, index: 0 },
    });
    expect(hitHandle(holed.polygons, { x: 250, y: 202 }, 5)).toMatchObject({
      kind: "edge",
      ref: { part: 0, ring: 0, index: 0 },
      point: { x: 250, y: 200 },
    });
    expect(hitHandle(holed.polygons, { x: 250, y: 250 }, 5)).toBeNull();
  });
});

describe("Outline", () => {
  it("draws every point at 1:1 and fewer when zoomed out", () => {
    const circle = Array.from({ length: 200 }, (_, i) => (i / 100) * Math.PI).flatMap((a) => [
      20 * Math.cos(a),
      20 * Math.sin(a),
    ]);
    const outline = new Outline([[circle]]);
    expect(outline.at(1)[0]).toBe(circle);
    expect(outline.at(0.25)[0]?.length).toBeLessThan(circle.length / 3);
    expect(outline.at(0.3)).toBe(outline.at(0.4));
  });

  it.each([
    [4, 0],
    [1, 0],
    [0.6, 0],
    [0.5, 1],
    [0.25, 2],
    [0.01, 6],
  ])("scale %f has level %i", (scale, level) => {
    expect(levelOf(scale)).toBe(level);
  });
});
