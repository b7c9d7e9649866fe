import { describe, expect, it } from "vitest";
import type { Instance } from "../model/document";
import { makeEditor } from "../make-editor";
import { colorOfInstance } from "../model/style";
import { ObjectColors } from "./object-colors";
import { Scene } from "./scene";

const square = (id: string, x: number, y: number, side = 10): Instance => ({
  id,
  class_id: 1,
  polygons: [[[x, y, x + side, y, x + side, y + side, x, y + side]]],
});

/** A wall of squares that touch their neighbours. */
const WALL = Array.from({ length: 100 }, (_, i) => square(`s${i}`, 10 * (i % 10), 10 * Math.floor(i / 10)));

describe("ObjectColors", () => {
  it("gives objects that touch different numbers", () => {
    const scene = new Scene();
    scene.update({ instances: WALL });
    const colors = new ObjectColors(scene, 8);
    const numbers = WALL.map(({ id }) => colors.of(id));
    numbers.forEach((number, i) => {
      if (i % 10 < 9) expect(numbers[i + 1], `right of ${i}`).not.toBe(number);
      if (i < 90) expect(numbers[i + 10], `below ${i}`).not.toBe(number);
    });
    expect(Math.max(...numbers)).toBeLessThan(8);
  });

  it("keeps a number while the object stays, and changes it where it comes to touch another of its own", () => {
    const scene = new Scene();
    // Alone, each has the number of its id: of many ids two have the same.
    const alone = Array.from({ length: 9 }, (_, i) => square(`a${i}`, 100 * i, 0));
    scene.update({ instances: alone });
    const colors = new ObjectColors(scene, 8);
    const numbers = alone.map(({ id }) => colors.of(id));
    const [i, j] = numbers.flatMap((number, k) => {
      const first = numbers.indexOf(number);
      return first < k ? [first, k] : [];
    }) as [number, number];
    const moved = square(`a${j}`, 100 * i + 10, 0);
    const changes = scene.update({ instances: alone.map((each, k) => (k === j ? moved : each)) });
    colors.update(changes.map(({ id }) => id));
    expect(colors.of(`a${i}`)).toBe(numbers[i]);
    expect(colors.of(`a${j}`)).not.toBe(numbers[i]);
  });
});

describe("colour by object", () => {
  it("shows objects of one class in different colours, and by class in one again", () => {
    const editor = makeEditor({ width: 100, height: 100 }, { instances: WALL.slice(0, 2) });
    editor.look.setClasses(new Map([[1, { color: "#112233", name: "cat" }]]));
    const colors = () => editor.document.instances.map((each) => colorOfInstance(editor.look.style, each));
    expect(new Set(colors())).toEqual(new Set(["#112233"]));
    editor.look.set({ colorBy: "object" });
    expect(new Set(colors()).size).toBe(2);
    expect(editor.state.colorBy).toBe("object");
  });
});
