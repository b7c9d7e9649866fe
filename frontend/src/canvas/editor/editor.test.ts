import { makeEditor } from "../make-editor";
import { deleteObjects, deleteSelected } from "../operations/objects";
import { closeDraftAs } from "../operations/drawing";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Editor } from "./editor";
import { toScreen } from "../geometry/camera";
import { editorOf, handOn } from "../testing";

const SIZE = { width: 200, height: 100 };
const SQUARE = { id: "sq", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };

let editor: Editor;

const { press, moveTo, lift, click, clicks } = handOn(() => editor);

function rings(): readonly (readonly number[])[] {
  return editor.document.instances.map((instance) => instance.polygons[0]?.[0] ?? []);
}

beforeEach(() => {
  editor = editorOf();
});

describe("drawing by clicks", () => {
  const corners: [number, number][] = [
    [10, 10],
    [50, 10],
    [50, 50],
  ];

  it.each([
    ["Enter", () => editor.confirm()],
    ["a click on the first point", () => click(11, 11)],
    ["a double click", () => click(50, 50, { isDouble: true })],
  ])("is closed by %s", (_, close) => {
    clicks(...corners);
    close();
    expect(rings()).toEqual([[10, 10, 50, 10, 50, 50]]);
    expect(editor.document.instances[0]?.class_id).toBe(5);
    expect(editor.state.draftPoints).toBe(0);
    expect(editor.state.undoLabel).toBe("Draw object");
  });

  it("takes back the last point with Backspace and with undo", () => {
    clicks(...corners, [20, 50]);
    editor.backspace();
    expect(editor.draft.points).toEqual([10, 10, 50, 10, 50, 50]);
    editor.undo();
    expect(editor.draft.points).toEqual([10, 10, 50, 10]);
  });

  it("brings points back with redo, until another is set", () => {
    clicks(...corners);
    editor.undo();
    editor.undo();
    expect(editor.state.redoLabel).toBe("Last point");
    editor.redo();
    editor.redo();
    editor.redo();
    expect(editor.draft.points).toEqual([10, 10, 50, 10, 50, 50]);
    editor.undo();
    click(20, 60);
    editor.redo();
    expect(editor.draft.points).toEqual([10, 10, 50, 10, 20, 60]);
    expect(editor.state.redoLabel).toBeNull();
  });

  it("brings even the first point back, but not past what was undone before it", () => {
    clicks(...corners);
    editor.confirm();
    clicks([70, 70]);
    editor.undo();
    editor.redo();
    expect(editor.draft.points).toEqual([70, 70]);
    editor.undo();
    editor.undo();
    expect(rings()).toEqual([]);
    expect(editor.state.redoLabel).toBe("Draw object");
    editor.redo();
    expect(rings()).toHaveLength(1);
    expect(editor.draft.points).toEqual([]);
  });

  it("is abandoned by Escape, and the document stays as it was", () => {
    const before = editor.document;
    clicks(...corners);
    editor.abandon();
    expect(editor.document).toBe(before);
    expect(editor.state.draftPoints).toBe(0);
    expect(editor.state.undoLabel).toBe("Abandon outline");
  });

  it("keeps points inside the image", () => {
    clicks([-30, 10], [500, 10], [100, 300]);
    editor.confirm();
    expect(rings()).toEqual([[0, 10, 200, 10, 100, 100]]);
  });

  it("keeps an outline that encloses nothing in hand and says why", () => {
    const message = vi.fn();
    editor.on("message", message);
    clicks([10, 10], [20, 20]);
    editor.confirm();
    expect(message).toHaveBeenCalledOnce();
    expect(editor.state.draftPoints).toBe(2);
  });

  it("asks for a class rather than losing the outline", () => {
    editor = makeEditor(SIZE, { instances: [] });
    editor.viewport.setView({ width: 432, height: 232 });
    const needsClass = vi.fn();
    editor.on("needsClass", needsClass);
    clicks(...corners);
    editor.confirm();
    expect(needsClass).toHaveBeenCalledOnce();
    expect(editor.state.draftPoints).toBe(3);
    closeDraftAs(editor, 9);
    expect(editor.document.instances[0]?.class_id).toBe(9);
  });

  it("keeps the outline in hand across a change of tool", () => {
    clicks(...corners);
    editor.setTool("select");
    editor.setTool("draw");
    editor.confirm();
    expect(rings()).toHaveLength(1);
  });

  it("undoes and redoes whole objects", () => {
    clicks(...corners);
    editor.confirm();
    editor.undo();
    expect(editor.document.instances).toEqual([]);
    editor.redo();
    expect(rings()).toHaveLength(1);
  });
});

describe("drawing freehand", () => {
  function circle(): [number, number][] {
    return Array.from({ length: 120 }, (_, i) => {
      const angle = (i / 120) * 2 * Math.PI;
      return [100 + 40 * Math.cos(angle), 50 + 40 * Math.sin(angle)] as [number, number];
    });
  }

  it("closes on release and is simplified", () => {
    press(140, 50);
    moveTo(...circle());
    lift(140, 50);
    const ring = rings()[0] ?? [];
    expect(ring.length / 2).toBeGreaterThan(10);
    expect(ring.length / 2).toBeLessThan(60);
  });

  describe("once released", () => {
    beforeEach(() => {
      press(140, 50);
      moveTo(...circle());
      lift(140, 50);
    });

    it("is simplified anew by another tolerance, in the place of its entry of history", () => {
      const drawn = editor.document.instances[0];
      editor.outlines.setTolerance(6);
      expect(rings()).toHaveLength(1);
      expect(editor.document.instances[0]).toMatchObject({ id: drawn?.id, class_id: 5 });
      expect(rings()[0]?.length).toBeLessThan(drawn?.polygons[0]?.[0]?.length ?? 0);
      expect(editor.state.stroke?.points).toBe((rings()[0]?.length ?? 0) / 2);
      expect(editor.state.stroke?.iou).toBeLessThan(0.99);
      editor.outlines.setTolerance(0);
      expect(editor.state.stroke?.iou).toBe(1);
      editor.undo();
      expect(editor.document.instances).toEqual([]);
      expect(editor.state.undoLabel).toBeNull();
      editor.redo();
      expect(rings()).toHaveLength(1);
    });

    it.each<[string, () => void]>([
      ["an edit", () => deleteObjects(editor, new Set([editor.document.instances[0]?.id ?? ""]))],
      ["another tool", () => editor.setTool("select")],
      ["another point", () => click(10, 10)],
      ["another class", () => editor.outlines.chooseClass(8)],
      ["undo", () => editor.undo()],
    ])("is left alone after %s", (_, act) => {
      act();
      expect(editor.state.stroke).toBeNull();
      const before = editor.document;
      editor.outlines.setTolerance(8);
      expect(editor.document).toBe(before);
    });

    it("sends each of its outlines on to be kept", () => {
      const kept = vi.fn();
      editor.on("document", kept);
      editor.outlines.setTolerance(3);
      expect(kept.mock.calls).toEqual([[editor.document]]);
    });
  });

  it("is simplified anew where it was added to an object, and to that as it was", () => {
    editor.load({ instances: [SQUARE] });
    editor.outlines.aimAt("add", "sq");
    press(60, 40);
    moveTo(...circle());
    lift(60, 40);
    const before = editor.document.instances[0];
    editor.outlines.setTolerance(8);
    expect(editor.document.instances[0]).not.toBe(before);
    editor.outlines.setTolerance(1);
    expect(editor.document.instances[0]).toEqual(before);
    editor.undo();
    expect(editor.document.instances[0]).toBe(SQUARE);
  });

  it("goes on from clicked points", () => {
    clicks([10, 10], [30, 10]);
    press(50, 12);
    moveTo([60, 20], [60, 40], [58, 60]);
    lift(58, 60);
    expect(editor.state.draftPoints).toBeGreaterThan(3);
    expect(editor.document.instances).toEqual([]);
    editor.confirm();
    expect(rings()).toHaveLength(1);
  });

  it("is taken back by a second finger, points before it stay", () => {
    clicks([10, 10]);
    press(50, 12);
    moveTo([60, 20], [60, 40]);
    editor.drive((tool) => tool.cancelPress?.(editor));
    expect(editor.draft.points).toEqual([10, 10]);
  });
});

describe("editing", () => {
  beforeEach(() => {
    editor.load({ instances: [SQUARE] });
    editor.setTool("select");
    click(40, 40);
  });

  it("drags a vertex as one entry", () => {
    press(60, 60);
    moveTo([65, 65], [70, 66], [72, 70]);
    expect(editor.document.instances[0]).toBe(SQUARE); // still in hand
    lift(72, 70);
    expect(rings()[0]?.slice(4, 6)).toEqual([72, 70]);
    editor.undo();
    expect(editor.document.instances[0]).toBe(SQUARE);
  });

  it("restores the object exactly when a drag is abandoned", () => {
    const before = editor.document;
    press(60, 60);
    moveTo([90, 90]);
    editor.abandon();
    expect(editor.document).toBe(before);
    expect(editor.overlay().selected[0]).toBe(SQUARE);
    expect(editor.state.undoLabel).toBeNull();
  });

  it("inserts a vertex on an edge and drags it in one go", () => {
    press(40, 20);
    moveTo([40, 12], [41, 5]);
    lift(41, 5);
    expect(rings()[0]).toEqual([20, 20, 41, 5, 60, 20, 60, 60, 20, 60]);
    expect(editor.state.undoLabel).toBe("Insert vertex");
  });

  it("deletes the vertex last touched, then the object", () => {
    click(60, 60);
    deleteSelected(editor);
    expect(rings()[0]).toEqual([20, 20, 60, 20, 20, 60]);
    deleteSelected(editor);
    expect(editor.document.instances).toEqual([]);
    editor.undo();
    editor.undo();
    expect(editor.document.instances).toEqual([SQUARE]);
  });

  it("moves a whole object, no further than the border", () => {
    press(40, 40);
    moveTo([300, 45]);
    lift(300, 45);
    expect(rings()[0]).toEqual([160, 25, 200, 25, 200, 65, 160, 65]);
  });

  it("gives the selected object another class, and that class to the next", () => {
    editor.outlines.chooseClass(3);
    expect(editor.document.instances[0]?.class_id).toBe(3);
    expect(editor.state.activeClassId).toBe(3);
  });

  it("puts back an object that a drag would crush", () => {
    const triangle = { id: "t", class_id: 1, polygons: [[[20, 20, 60, 20, 40, 60]]] };
    editor.load({ instances: [triangle] });
    click(40, 30);
    press(40, 60);
    moveTo([40, 40], [40, 20]);
    lift(40, 20);
    expect(editor.document.instances[0]).toBe(triangle);
  });

  it("selects nothing that is hidden", () => {
    editor.selection.setHidden(["sq"], true);
    expect(editor.selection.ids.size).toBe(0);
    click(40, 40);
    expect(editor.selection.ids.size).toBe(0);
    expect([...editor.selection.skipped]).toEqual(["sq"]);
  });
});

describe("the view", () => {
  it("stays under a hand that draws when the canvas moves in the window, and else fits the image again", () => {
    const at = toScreen(editor.viewport.camera, { x: 20, y: 20 });
    editor.viewport.setView({ width: 432, height: 200 }, { x: 0, y: 32 });
    expect(toScreen(editor.viewport.camera, { x: 20, y: 20 })).toEqual({ x: at.x, y: at.y - 32 });
    editor.viewport.fit();
    editor.viewport.setView({ width: 232, height: 232 });
    expect(editor.viewport.camera.scale).toBe(1);
  });
});
