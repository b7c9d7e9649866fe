import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Instance } from "../model/document";
import { Scene } from "../scene/scene";
import { LabelLayer } from "./labels";
import type { ShapeStyle } from "../model/style";

const VIEW = { width: 1000, height: 600 };
const STYLE: ShapeStyle = {
  classes: new Map([[1, { color: "#112233", name: "cat" }]]),
  ...{ opacity: 0.35, colorBy: "class", labels: true, numberOf: () => 0 },
};
const square = (id: string, x: number, y: number, side: number): Instance => ({
  id,
  class_id: 1,
  polygons: [[[x, y, x + side, y, x + side, y + side, x, y + side]]],
});
const NONE: ReadonlySet<string> = new Set();
/** What is written on each small bitmap. */
const texts = new Map<HTMLCanvasElement, string>();

beforeEach(() => {
  texts.clear();
  // happy-dom has no pixels.
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (this: HTMLCanvasElement) {
    const nothing = (): void => undefined;
    return {
      ...{ scale: nothing, fillRect: nothing, measureText: (text: string) => ({ width: 7 * text.length }) },
      fillText: (text: string) => texts.set(this, text),
    } as never;
  });
});

type Shown = { text: string; x: number; y: number; width: number };

function labelsOf(
  instances: readonly Instance[],
  { scale = 1, x = 0, y = 0, skip = NONE } = {},
): { shown: Shown[]; layer: LabelLayer } {
  const scene = new Scene();
  scene.update({ instances });
  const layer = new LabelLayer(scene);
  layer.choose({ scale, x, y }, VIEW, 1, STYLE, skip);
  return { shown: drawn(layer, { scale, x, y }), layer };
}

function drawn(layer: LabelLayer, camera: { scale: number; x: number; y: number }): Shown[] {
  const shown: Shown[] = [];
  const drawImage = (canvas: HTMLCanvasElement, x: number, y: number): void =>
    void shown.push({ text: texts.get(canvas) ?? "", x, y, width: canvas.width });
  layer.draw({ drawImage } as unknown as CanvasRenderingContext2D, camera, VIEW, 1);
  return shown;
}

describe("names on the canvas", () => {
  it("are class and number, as the list has them, above their objects", () => {
    const { shown } = labelsOf([square("a", 100, 100, 50), square("b", 400, 300, 50)]);
    expect(shown.map(({ text }) => text).sort()).toEqual(["cat 1", "cat 2"]);
    const first = shown.find(({ text }) => text === "cat 1");
    expect(first?.x).toBe(100);
    expect(first?.y).toBeLessThan(100);
  });

  it("have the same size at every zoom", () => {
    const sizes = [0.5, 1, 8].map((scale) => labelsOf([square("a", 10, 10, 60)], { scale }).shown[0]?.width);
    expect(new Set(sizes).size).toBe(1);
  });

  it("stay in view while some of their object is seen", () => {
    const { shown } = labelsOf([square("a", 0, 0, 2000)]);
    expect(shown[0]?.x).toBeGreaterThanOrEqual(0);
    expect(shown[0]?.y).toBeGreaterThanOrEqual(0);
    expect(labelsOf([square("a", 0, 0, 50)], { x: -200 }).shown).toEqual([]);
  });

  it("leave out what is hidden, or too small on the screen", () => {
    const objects = [square("a", 100, 100, 50), square("b", 400, 200, 10)];
    expect(labelsOf(objects).shown.map(({ text }) => text)).toEqual(["cat 1"]);
    expect(labelsOf(objects, { scale: 2 }).shown).toHaveLength(2);
    expect(labelsOf(objects, { skip: new Set(["a"]) }).shown).toEqual([]);
  });

  it("never lie on each other, and belong to the largest where there is room for one", () => {
    const nested = [
      square("small", 100, 100, 40),
      square("large", 99, 99, 200),
      square("other", 102, 101, 60),
    ];
    expect(labelsOf(nested).shown.map(({ text }) => text)).toEqual(["cat 2"]);
  });

  it("are few, however many objects there are", () => {
    const many = Array.from({ length: 20_000 }, (_, i) =>
      square(`o${i}`, (i % 200) * 5, Math.floor(i / 200) * 6, 30),
    );
    const { shown } = labelsOf(many);
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.length).toBeLessThanOrEqual(160);
  });

  it("move along with the view until it rests", () => {
    const { layer, shown } = labelsOf([square("a", 100, 100, 50)]);
    const moved = drawn(layer, { scale: 1, x: 30, y: 20 });
    expect(moved[0]).toMatchObject({ text: "cat 1", x: (shown[0]?.x ?? 0) + 30, y: (shown[0]?.y ?? 0) + 20 });
  });
});
