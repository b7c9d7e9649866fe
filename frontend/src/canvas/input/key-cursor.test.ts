import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { toScreen } from "../geometry/camera";
import type { Step } from "./key-cursor";
import type { ToolName } from "../model/tools";

const SIZE = { width: 200, height: 100 };
const SQUARE = { id: "sq", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };

let editor: Editor;

/** At 100 %: a step is 10 pixels of the image, a far one 50. */
beforeEach(() => {
  editor = makeEditor(SIZE, { instances: [SQUARE] });
  editor.viewport.setView({ width: 232, height: 132 });
  editor.outlines.chooseClass(5);
  editor.keyCursor.toggle();
});

function arrows(dx: number, dy: number, times = 1, step: Step = "plain"): void {
  for (let i = 0; i < times; i++) editor.keyCursor.move(dx, dy, step);
}

function goTo(x: number, y: number): void {
  const { at } = editor.keyCursor;
  if (!at) throw new Error("The cursor is off.");
  arrows(Math.sign(x - at.x), 0, Math.abs(x - at.x), "fine");
  arrows(0, Math.sign(y - at.y), Math.abs(y - at.y), "fine");
}

function ringOf(index: number): readonly number[] | undefined {
  return editor.document.instances[index]?.polygons[0]?.[0];
}

describe("the cursor", () => {
  it("begins in the middle of what is seen, and is nowhere while it is off", () => {
    expect(editor.keyCursor.at).toEqual({ x: 100, y: 50 });
    editor.keyCursor.toggle();
    expect(editor.keyCursor.at).toBeNull();
    arrows(1, 0);
    editor.keyCursor.press();
    expect(editor.draft.points).toHaveLength(0);
  });

  it("goes by steps, far ones and single pixels, and stays inside the image", () => {
    arrows(1, 0);
    arrows(0, -1, 1, "fine");
    expect(editor.keyCursor.at).toEqual({ x: 110, y: 49 });
    arrows(1, 1, 9, "far");
    expect(editor.keyCursor.at).toEqual({ x: 200, y: 100 });
  });

  it("is followed by the view", () => {
    editor.viewport.zoomBy(8);
    arrows(-1, 0, 40, "far");
    const { x, y } = toScreen(editor.viewport.camera, editor.keyCursor.at ?? { x: -1, y: -1 });
    expect(x).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThanOrEqual(132);
  });
});

describe("drawing by keys", () => {
  it("sets points, closes on the first one, and is taken back step by step", () => {
    for (const [x, y] of [
      [100, 10],
      [150, 10],
      [150, 60],
      [180, 60],
    ] as const) {
      goTo(x, y);
      editor.keyCursor.press();
    }
    expect(editor.draft.points).toEqual([100, 10, 150, 10, 150, 60, 180, 60]);
    editor.backspace();
    goTo(101, 11);
    expect(editor.overlay().closesDraft).toBe(true);
    editor.keyCursor.press();
    expect(ringOf(1)).toEqual([100, 10, 150, 10, 150, 60]);
  });

  it.each<[ToolName, number]>([
    ["rectangle", 4],
    ["ellipse", 8],
  ])("holds the press of the %s from corner to corner", (tool, atLeast) => {
    editor.setTool(tool);
    goTo(100, 10);
    editor.keyCursor.press();
    expect(editor.keyCursor.isHeld).toBe(true);
    goTo(160, 60);
    editor.keyCursor.press();
    expect(editor.keyCursor.isHeld).toBe(false);
    expect((ringOf(1)?.length ?? 0) / 2).toBeGreaterThanOrEqual(atLeast);
  });

  it("lets go without a trace with Escape, and with another tool", () => {
    for (const leave of [() => editor.abandon(), () => editor.setTool("select")]) {
      editor.setTool("rectangle");
      editor.keyCursor.press();
      arrows(1, 1, 3);
      leave();
      expect(editor.keyCursor.isHeld).toBe(false);
    }
    expect(editor.document.instances).toHaveLength(1);
  });
});

describe("editing by keys", () => {
  beforeEach(() => editor.setTool("select"));

  it("selects what is under it, and moves a vertex that it takes hold of", () => {
    goTo(40, 40);
    editor.keyCursor.press();
    expect([...editor.selection.ids]).toEqual(["sq"]);
    expect(editor.keyCursor.isHeld).toBe(false);
    goTo(60, 60);
    expect(editor.keyCursor.under({ x: 60, y: 60 }).vertex).toEqual({ part: 0, ring: 0, index: 2 });
    editor.keyCursor.press();
    goTo(80, 70);
    editor.keyCursor.press();
    expect(ringOf(0)).toEqual([20, 20, 60, 20, 80, 70, 20, 60]);
    expect(editor.state.undoLabel).toBe("Move vertex");
    editor.keyCursor.press();
    arrows(1, 0, 1, "fine");
    editor.keyCursor.press();
    expect(ringOf(0)?.slice(4, 6)).toEqual([81, 70]);
  });

  it("moves the object that is selected", () => {
    editor.selection.select(["sq"]);
    goTo(40, 40);
    editor.keyCursor.press();
    goTo(60, 50);
    editor.keyCursor.press();
    expect(ringOf(0)?.slice(0, 2)).toEqual([40, 30]);
  });

  it("goes from vertex to vertex, and deletes the one it is on", () => {
    editor.selection.select(["sq"]);
    goTo(55, 55);
    editor.keyCursor.goToVertex(1);
    expect(editor.keyCursor.at).toEqual({ x: 60, y: 60 });
    editor.keyCursor.goToVertex(1);
    expect(editor.keyCursor.at).toEqual({ x: 20, y: 60 });
    editor.keyCursor.goToVertex(-1);
    expect(editor.keyCursor.deleteVertex()).toBe(true);
    expect(ringOf(0)).toEqual([20, 20, 60, 20, 20, 60]);
    goTo(150, 90);
    expect(editor.keyCursor.deleteVertex()).toBe(false);
  });

  it("says that vertices are those of one object", () => {
    const message = vi.fn();
    editor.on("message", message);
    editor.keyCursor.goToVertex(1);
    expect(message).toHaveBeenCalledOnce();
  });
});
