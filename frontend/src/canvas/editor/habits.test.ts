import { makeEditor } from "../make-editor";
/** What hands bring along from other programs. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Instance } from "../model/document";
import type { Editor } from "./editor";
import { drawAgain, isInHand } from "../operations/drawing";
import { openMenuByKey, pressRight } from "../operations/menu";
import { pasteAt } from "../operations/copies";
import { deleteSelected } from "../operations/objects";
import type { MenuRequest } from "../model/state";
import { handOn } from "../testing";
import type { PointerInput } from "../model/tools";

const SIZE = { width: 200, height: 100 };
const square = (id: string, x: number, y: number, side: number): Instance => ({
  id,
  class_id: 1,
  polygons: [[[x, y, x + side, y, x + side, y + side, x, y + side]]],
});
const LARGE = square("large", 10, 10, 60);
const MIDDLE = square("middle", 20, 20, 40);
const SMALL = square("small", 30, 30, 20);
const APART = square("apart", 150, 10, 20);

let editor: Editor;
const { click, clicks, drag } = handOn(() => editor);
const message = vi.fn();
const menu = vi.fn<(request: MenuRequest) => void>();

function rightClick(x: number, y: number): void {
  const { scale, x: dx, y: dy } = editor.viewport.camera;
  const screen = { x: x * scale + dx, y: y * scale + dy };
  const input: PointerInput = {
    ...{ image: { x, y }, screen, kind: "mouse", shift: false, alt: true, isDouble: false },
  };
  pressRight(editor, input);
}

const ringOf = (id: string) => editor.scene.item(id)?.instance.polygons[0]?.[0];

beforeEach(() => {
  message.mockReset();
  menu.mockReset();
  editor = makeEditor(SIZE, { instances: [LARGE, MIDDLE, SMALL, APART] });
  editor.viewport.setView({ width: 432, height: 232 });
  editor.look.setClasses(new Map([1, 2, 3].map((id) => [id, { color: "#112233" }])));
  editor.outlines.chooseClass(1);
  editor.on("message", message);
  editor.on("menu", menu);
});

describe("clicking again at the same place", () => {
  it("walks through what lies under it, round and round", () => {
    editor.setTool("select");
    const picked = [1, 2, 3, 4].map(() => {
      click(40, 40);
      return [...editor.selection.ids].join();
    });
    expect(picked).toEqual(["small", "middle", "large", "small"]);
  });

  it("begins with the smallest again at another place", () => {
    editor.setTool("select");
    click(40, 40);
    click(40, 40);
    click(45, 38);
    expect([...editor.selection.ids]).toEqual(["small"]);
  });

  it("leaves out what is hidden or locked, and keeps one that lies alone", () => {
    editor.setTool("select");
    editor.selection.setHidden(["middle"], true);
    click(40, 40);
    click(40, 40);
    expect([...editor.selection.ids]).toEqual(["large"]);
    click(160, 20);
    click(160, 20);
    expect([...editor.selection.ids]).toEqual(["apart"]);
  });

  it("moves the one that was walked to when the next press drags", () => {
    editor.setTool("select");
    click(40, 40);
    click(40, 40);
    expect([...editor.selection.ids]).toEqual(["middle"]);
    drag([40, 40], [50, 40]);
    expect(ringOf("middle")?.[0]).toBeCloseTo(30);
    expect(ringOf("small")?.[0]).toBe(30);
  });
});

describe("Alt and a click on a vertex", () => {
  beforeEach(() => {
    editor.setTool("select");
    editor.selection.select(["apart"]);
  });

  it("deletes it, and undo brings it back", () => {
    click(150, 10, { alt: true });
    expect(ringOf("apart")).toHaveLength(6);
    expect(editor.state.undoLabel).toBe("Delete vertex");
    editor.undo();
    expect(ringOf("apart")).toHaveLength(8);
  });

  it("never leaves fewer than three, and says why", () => {
    click(150, 10, { alt: true });
    click(170, 10, { alt: true });
    expect(ringOf("apart")).toHaveLength(6);
    expect(message).toHaveBeenCalledOnce();
  });

  it("moves it when it drags, without snapping", () => {
    drag([150, 10], [140, 5], { alt: true });
    expect(ringOf("apart")).toHaveLength(8);
    expect(ringOf("apart")?.slice(0, 2)).toEqual([140, 5]);
  });
});

describe("the right button", () => {
  it("takes back the last point while drawing, with any tool that sets points", () => {
    for (const tool of ["draw", "wire"] as const) {
      editor.setTool(tool);
      clicks([100, 10], [120, 10], [120, 40]);
      const before = editor.draft.points.length;
      rightClick(40, 40);
      expect(editor.draft.points.length).toBeLessThan(before);
      expect(menu).not.toHaveBeenCalled();
      editor.abandon();
    }
  });

  it("asks for the menu of the object under it, and selects that", () => {
    rightClick(160, 20);
    expect([...editor.selection.ids]).toEqual(["apart"]);
    expect(menu.mock.lastCall?.[0].ids).toEqual(["apart"]);
    expect(editor.state.tool).toBe("draw");
  });

  it("asks for the menu of all that are selected, where it is on one of them", () => {
    editor.setTool("select");
    editor.selection.select(["apart", "small"]);
    rightClick(160, 20);
    expect(menu.mock.lastCall?.[0].ids).toEqual(["apart", "small"]);
  });

  it("asks for the menu of a locked object, which is not selected", () => {
    editor.setTool("select");
    editor.selection.setLocked(["apart"], true);
    rightClick(160, 20);
    expect(menu.mock.lastCall?.[0].ids).toEqual(["apart"]);
    expect(editor.selection.ids.size).toBe(0);
  });

  it("does nothing beside the objects", () => {
    rightClick(110, 90);
    expect(menu).not.toHaveBeenCalled();
  });
});

describe("the menu by key", () => {
  it("is that of what is selected, in view", () => {
    editor.setTool("select");
    editor.selection.select(["apart"]);
    openMenuByKey(editor);
    const { ids, at } = menu.mock.lastCall?.[0] as MenuRequest;
    expect(ids).toEqual(["apart"]);
    expect(at.x).toBeGreaterThan(0);
    expect(at.x).toBeLessThanOrEqual(432);
  });

  it("is that of what lies under the pointer; without either it says what to do", () => {
    openMenuByKey(editor);
    expect(message).toHaveBeenCalledOnce();
    editor.pointing.at = { x: 160, y: 20 };
    openMenuByKey(editor);
    expect(menu.mock.lastCall?.[0].ids).toEqual(["apart"]);
  });
});

describe("drawing again", () => {
  it("takes up the tool and the class last drawn with", () => {
    editor.setTool("rectangle");
    editor.outlines.chooseClass(2);
    drag([90, 10], [110, 30]);
    editor.setTool("select");
    editor.selection.select(["apart"]);
    editor.outlines.chooseClass(3);
    drawAgain(editor);
    expect(editor.state.tool).toBe("rectangle");
    expect(editor.state.activeClassId).toBe(2);
    expect(editor.scene.item("apart")?.instance.class_id).toBe(3);
  });

  it("takes the class that was chosen since, with nothing selected", () => {
    editor.setTool("rectangle");
    drag([90, 10], [110, 30]);
    editor.setTool("select");
    editor.outlines.chooseClass(2);
    drawAgain(editor);
    expect(editor.state.activeClassId).toBe(2);
  });

  it("closes an outline that is open", () => {
    editor.setTool("draw");
    clicks([90, 10], [110, 10], [110, 30]);
    drawAgain(editor);
    expect(editor.document.instances).toHaveLength(5);
    expect(editor.state.draftPoints).toBe(0);
  });
});

describe("an object that was just drawn", () => {
  const draw = (): void => {
    editor.setTool("rectangle");
    drag([90, 10], [110, 30]);
  };

  it("is selected where that is set, until the next is begun", () => {
    draw();
    expect(editor.selection.ids.size).toBe(0);
    editor.undo();
    editor.options.set({ selectsNew: true });
    draw();
    expect([...editor.selection.ids]).toEqual([editor.document.instances.at(-1)?.id]);
    expect(editor.state.tool).toBe("rectangle");
    editor.setTool("draw");
    clicks([90, 50]);
    editor.outlines.chooseClass(2);
    expect(editor.document.instances.at(-1)?.class_id).toBe(1);
  });

  it("takes the class of the next key, and goes with Delete", () => {
    editor.options.set({ selectsNew: true });
    draw();
    editor.outlines.chooseClass(2);
    expect(editor.document.instances.at(-1)?.class_id).toBe(2);
    deleteSelected(editor);
    expect(editor.document.instances).toHaveLength(4);
  });
});

describe("pasting at the pointer", () => {
  it("puts the middle of the copies there, each where it was among them", () => {
    pasteAt(editor, "Paste", [SMALL, MIDDLE], { x: 100, y: 50 });
    const [small, middle] = editor.selection.instances.map(({ polygons }) => polygons[0]?.[0]);
    expect(small?.slice(0, 2)).toEqual([90, 40]);
    expect(middle?.slice(0, 2)).toEqual([80, 30]);
  });

  it("keeps them inside the image", () => {
    pasteAt(editor, "Paste", [SMALL], { x: 500, y: -20 });
    expect(editor.selection.single?.polygons[0]?.[0]).toEqual([180, 0, 200, 0, 200, 20, 180, 20]);
  });
});

describe("what is in hand", () => {
  it("is an open outline, or a press that goes on", () => {
    expect(isInHand(editor)).toBe(false);
    clicks([90, 10]);
    expect(isInHand(editor)).toBe(true);
    editor.abandon();
    expect(isInHand(editor)).toBe(false);
  });
});

describe("fitting", () => {
  it.each([
    ["width", { scale: 2, x: 16, y: 16 }],
    ["height", { scale: 0.84, x: 132, y: 8 }],
  ] as const)("the %s fills the view, and goes on to when the view changes", (kind, expected) => {
    editor = makeEditor({ width: 200, height: 300 }, { instances: [] });
    editor.viewport.setView({ width: 300, height: 200 });
    editor.viewport.fit(kind);
    editor.viewport.setView(kind === "width" ? { width: 432, height: 232 } : { width: 432, height: 284 });
    expect(editor.viewport.camera.scale).toBeCloseTo(expected.scale);
    if (kind === "width") expect(editor.viewport.camera).toMatchObject({ x: expected.x, y: expected.y });
    else expect(editor.viewport.camera.y).toBeCloseTo(16);
  });
});
