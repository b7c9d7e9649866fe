import { mend } from "../operations/drawing";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Editor } from "../editor/editor";
import { areaOf } from "../geometry/polygons";
import { CanvasInput } from "../input/canvas-input";
import { editorOf, handOn } from "../testing";

const SQUARE = { id: "sq", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
const BOW_TIE: [number, number][] = [
  [10, 10],
  [50, 50],
  [50, 10],
  [10, 50],
];
const LOOP: [number, number][] = [
  [10, 10],
  [70, 10],
  [70, 50],
  [30, 50],
  [30, 30],
  [50, 30],
  [50, 70],
  [10, 70],
];

let editor: Editor;
const message = vi.fn();
const { press, moveTo, lift, click, clicks } = handOn(() => editor);

beforeEach(() => {
  message.mockReset();
  editor = editorOf();
  editor.on("message", message);
});

function area(): number {
  return Math.round(areaOf(editor.document.instances[0]?.polygons ?? []));
}

describe("an outline that crosses itself", () => {
  it("shows where, while it is drawn", () => {
    clicks(...BOW_TIE.slice(0, 3));
    editor.pointing.setPointer({ x: 10, y: 50 });
    expect(editor.overlay().crossings.map(({ at }) => at)).toEqual([{ x: 30, y: 30 }]);
  });

  it.each([
    ["Enter takes the outer contour", () => editor.confirm(), 3200],
    ["another key takes the parts", () => mend(editor, "parts"), 2800],
  ])("is not stored without a word: %s", (_, choose, size) => {
    clicks(...LOOP);
    editor.confirm();
    expect(editor.document.instances).toEqual([]);
    expect(editor.state).toMatchObject({ crossing: "outline", draftPoints: 8 });
    expect(message.mock.calls[0]?.[0]).toContain("crosses itself");
    choose();
    expect(area()).toBe(size);
    expect(editor.state).toMatchObject({ crossing: null, draftPoints: 0, tool: "draw" });
    editor.undo();
    expect(editor.document.instances).toEqual([]);
  });

  it("gives a bow tie its true reason", () => {
    clicks(...BOW_TIE);
    editor.confirm();
    expect(message.mock.calls[0]?.[0]).toContain("bow tie");
    expect(editor.state.repair?.isBowTie).toBe(true);
    editor.confirm();
    expect(editor.document.instances[0]?.polygons).toHaveLength(2);
  });

  it("goes on being drawn by a press, a step back, or after Escape and undo", () => {
    clicks(...BOW_TIE);
    editor.confirm();
    editor.undo();
    expect(editor.draft.points).toEqual(BOW_TIE.slice(0, 3).flat());
    expect(editor.state.crossing).toBeNull();
    click(10, 50);
    editor.confirm();
    editor.abandon();
    expect(editor.state).toMatchObject({ draftPoints: 0, crossing: null });
    editor.undo();
    expect(editor.draft.points).toEqual(BOW_TIE.flat());
    editor.confirm();
    click(30, 90);
    expect(editor.state).toMatchObject({ draftPoints: 5, crossing: null });
  });

  it("by another tool stays in hand as it was", () => {
    clicks(...BOW_TIE);
    editor.confirm();
    editor.setTool("select");
    expect(editor.state).toMatchObject({ draftPoints: 4, crossing: null });
  });
});

it("a stroke that crosses itself is kept by its outer contour, and the parts can be had instead", () => {
  const [first, ...others] = LOOP;
  press(...(first as [number, number]));
  moveTo(...others, [10, 12]);
  lift(10, 12);
  expect(area()).toBeGreaterThan(3000);
  expect(message.mock.calls[0]?.[0]).toContain("crossed itself");
  expect(editor.state.crossing).toBe("mended");
  mend(editor, "parts");
  expect(area()).toBeLessThan(3000);
  editor.undo();
  expect(editor.document.instances).toEqual([]);
});

describe("a vertex that is dragged over an edge", () => {
  beforeEach(() => {
    editor.load({ instances: [SQUARE] });
    editor.setTool("select");
    click(40, 40);
  });

  it("shows the crossing at once, and the object that is kept does not cross itself", () => {
    press(60, 60);
    moveTo([40, 30], [10, 40]);
    expect(editor.overlay().crossings.length).toBeGreaterThan(0);
    lift(10, 40);
    expect(editor.overlay().crossings).toEqual([]);
    expect(message.mock.calls[0]?.[0]).toContain("crossed itself");
    expect(editor.state).toMatchObject({ crossing: "mended", undoLabel: "Move vertex" });
    const outer = editor.document;
    mend(editor, "parts");
    expect(editor.state.undoLabel).toBe("Move vertex");
    mend(editor, "outer");
    expect(editor.document).toBe(outer);
    editor.undo();
    expect(editor.document.instances[0]).toBe(SQUARE);
  });

  it("an object that came crossing itself can be repaired where it is selected", () => {
    editor.load({ instances: [{ ...SQUARE, polygons: [[LOOP.flat()]] }] });
    editor.setTool("select");
    click(20, 40);
    expect(editor.state.crossing).toBe("object");
    expect(editor.overlay().crossings).toHaveLength(1);
    mend(editor, "parts");
    expect(area()).toBe(2800);
    expect(editor.state.crossing).toBeNull();
  });

  it("a plain click on an edge sets no vertex, a drag and Alt with a click do", () => {
    click(40, 20);
    expect(editor.document.instances[0]).toBe(SQUARE);
    expect(editor.state.undoLabel).toBeNull();
    click(40, 20, { alt: true });
    expect(editor.document.instances[0]?.polygons[0]?.[0]).toHaveLength(10);
    editor.undo();
    press(40, 20);
    moveTo([40, 12], [41, 5]);
    lift(41, 5);
    expect(editor.document.instances[0]?.polygons[0]?.[0]).toEqual([20, 20, 41, 5, 60, 20, 60, 60, 20, 60]);
  });
});

describe("a double click", () => {
  function pressAt(element: HTMLElement, x: number, y: number): void {
    const at = { clientX: x, clientY: y, pointerId: 1, button: 0, pointerType: "mouse" };
    element.dispatchEvent(new PointerEvent("pointerdown", at));
    element.dispatchEvent(new PointerEvent("pointerup", at));
  }

  it.each([
    [4, 4, 0],
    [3, 0, 1],
    [0, 0, 1],
  ])("whose presses lie (%i, 0) px apart leaves %i points in hand and %i objects", (dx, points, objects) => {
    const element = document.createElement("div");
    element.setPointerCapture = () => undefined;
    const input = new CanvasInput(element, editor);
    pressAt(element, 100, 100);
    pressAt(element, 200, 100);
    pressAt(element, 200, 180);
    pressAt(element, 200 + dx, 180);
    expect(editor.state.draftPoints).toBe(points);
    expect(editor.document.instances).toHaveLength(objects);
    input.destroy();
  });

  it("a small outline is not closed by a vertex beside its first", () => {
    const { scale, x, y } = editor.viewport.camera;
    const at = (dx: number, dy: number): [number, number] => [(100 + dx - x) / scale, (100 + dy - y) / scale];
    clicks(at(0, 0), at(12, 0), at(12, 12), at(5, 8));
    expect(editor.state.draftPoints).toBe(4);
  });
});
