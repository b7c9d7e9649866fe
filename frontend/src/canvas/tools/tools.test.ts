import { closeDraftAs, drawOnto } from "../operations/drawing";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Instance } from "../model/document";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { areaOf, contains } from "../geometry/polygons";
import { deleteObjects } from "../operations/objects";
import { editorOf, handOn } from "../testing";
import type { ToolName } from "../model/tools";

const SIZE = { width: 200, height: 100 };
const LEFT: Instance = { id: "left", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
const RIGHT: Instance = { id: "right", class_id: 2, polygons: [[[100, 20, 140, 20, 140, 60, 100, 60]]] };

let editor: Editor;
const { press, moveTo, click, clicks, drag } = handOn(() => editor);

function only(): Instance {
  expect(editor.document.instances).toHaveLength(1);
  return editor.document.instances[0] as Instance;
}

function areas(): number[] {
  return editor.document.instances.map(({ polygons }) => Math.round(areaOf(polygons)));
}

function open(...instances: Instance[]): void {
  editor = editorOf(...instances);
}

beforeEach(() => open());

describe("rectangle and ellipse", () => {
  it.each([
    ["from corner to corner", {}, [10, 20, 50, 20, 50, 40, 10, 40]],
    ["with equal sides under Shift", { shift: true }, [10, 20, 50, 20, 50, 60, 10, 60]],
    ["from the middle under Alt, inside the image", { alt: true }, [0, 0, 50, 0, 50, 40, 0, 40]],
  ])("a rectangle is dragged %s", (_, modifiers, ring) => {
    editor.setTool("rectangle");
    drag([10, 20], [50, 40], modifiers);
    expect(only()).toMatchObject({ class_id: 5, polygons: [[ring]] });
    expect(editor.state.tool).toBe("rectangle");
  });

  it("an ellipse fills its rectangle", () => {
    editor.setTool("ellipse");
    drag([40, 20], [140, 80]);
    expect(areaOf(only().polygons) / (Math.PI * 50 * 30)).toBeCloseTo(1, 1);
  });

  it("a click draws nothing, Escape abandons", () => {
    editor.setTool("rectangle");
    click(50, 50);
    press(10, 10);
    moveTo([50, 50]);
    expect(editor.overlay().guide).not.toBeNull();
    editor.abandon();
    expect(editor.overlay().guide).toBeNull();
    expect(editor.document.instances).toEqual([]);
  });

  it("without a class the outline stays in hand", () => {
    editor = makeEditor(SIZE, { instances: [] });
    editor.viewport.setView({ width: 432, height: 232 });
    editor.setTool("rectangle");
    drag([10, 20], [50, 40]);
    expect(editor.state).toMatchObject({ tool: "draw", draftPoints: 4 });
    closeDraftAs(editor, 7);
    expect(only().class_id).toBe(7);
  });
});

describe("adding and cutting", () => {
  beforeEach(() => {
    open(LEFT);
    editor.setTool("select");
    click(40, 40);
  });

  it("cuts a hole", () => {
    drawOnto(editor, "cut");
    clicks([30, 30], [50, 30], [50, 50], [30, 50]);
    editor.confirm();
    expect(only().polygons[0]).toHaveLength(2);
    expect(areas()).toEqual([1200]);
    expect(editor.state).toMatchObject({ undoLabel: "Cut from object", purpose: "new", tool: "select" });
    editor.undo();
    expect(only()).toBe(LEFT);
  });

  it("adds a part, of the object's class whatever class is at hand", () => {
    editor.setTool("rectangle");
    expect(editor.state.purpose).toBe("new");
    editor.setTool("select");
    click(40, 40);
    drawOnto(editor, "add");
    editor.setTool("rectangle");
    drag([100, 20], [120, 40]);
    expect(only()).toMatchObject({ id: "left", class_id: 1 });
    expect(only().polygons).toHaveLength(2);
    expect(areas()).toEqual([2000]);
  });

  it("does not take the whole object away", () => {
    const message = vi.fn();
    editor.on("message", message);
    drawOnto(editor, "cut");
    editor.setTool("rectangle");
    drag([10, 10], [90, 90]);
    expect(only()).toBe(LEFT);
    expect(message).toHaveBeenCalledOnce();
  });

  it("ends with Escape, the object still selected", () => {
    drawOnto(editor, "add");
    clicks([5, 5]);
    editor.abandon();
    expect(editor.state.purpose).toBe("add");
    editor.abandon();
    expect(editor.state).toMatchObject({ purpose: "new", tool: "select" });
    expect([...editor.selection.ids]).toEqual(["left"]);
  });

  it("ends when the object is gone", () => {
    drawOnto(editor, "add");
    deleteObjects(editor, new Set(["left"]));
    expect(editor.state.purpose).toBe("new");
    clicks([30, 30], [50, 30], [50, 50]);
    editor.confirm();
    expect(only().class_id).toBe(5);
  });

  it("needs one object, and says so", () => {
    const message = vi.fn();
    editor.on("message", message);
    editor.selection.select([]);
    drawOnto(editor, "cut");
    expect(editor.state).toMatchObject({ purpose: "new", tool: "select" });
    expect(message).toHaveBeenCalledOnce();
  });
});

describe("brush and eraser", () => {
  it("strokes make one object until Escape", () => {
    editor.setTool("brush");
    editor.options.set({ brushRadius: 5 });
    drag([20, 20], [60, 20]);
    drag([60, 20], [60, 60]);
    drag([120, 20], [150, 20]);
    expect(only().polygons).toHaveLength(2);
    editor.abandon();
    editor.setTool("brush");
    drag([20, 90], [40, 90]);
    expect(editor.document.instances).toHaveLength(2);
  });

  it("one undo takes back one stroke", () => {
    editor.setTool("brush");
    drag([20, 20], [60, 20]);
    const first = editor.document;
    drag([60, 20], [60, 60]);
    editor.undo();
    expect(editor.document).toBe(first);
    editor.undo();
    expect(editor.document.instances).toEqual([]);
  });

  it("a click makes a disc", () => {
    editor.setTool("brush");
    editor.options.set({ brushRadius: 10 });
    click(50, 50);
    expect(areaOf(only().polygons) / (Math.PI * 100)).toBeCloseTo(1, 1);
  });

  it("the eraser takes from the object under it, and leaves its neighbour alone", () => {
    open(LEFT, RIGHT);
    editor.setTool("eraser");
    editor.options.set({ brushRadius: 10 });
    drag([40, 20], [120, 20]);
    expect(areas()[0]).toBeLessThan(1600);
    expect(areas()[1]).toBe(1600);
    expect(contains(editor.document.instances[0]?.polygons ?? [], { x: 50, y: 22 })).toBe(false);
  });

  it("a brush keeps its size within reason", () => {
    editor.options.set({ brushRadius: 1e9 });
    expect(editor.state.brushRadius).toBe(100);
    editor.options.set({ brushRadius: 0 });
    expect(editor.state.brushRadius).toBe(0.5);
  });
});

describe("the knife", () => {
  beforeEach(() => {
    open(LEFT, RIGHT);
    editor.setTool("slice");
  });

  it("a drag slices what it crosses, and pieces are objects of their own", () => {
    drag([5, 30], [195, 30]);
    expect(areas().sort((a, b) => a - b)).toEqual([400, 400, 1200, 1200]);
    expect(new Set(editor.document.instances.map(({ id }) => id)).size).toBe(4);
    editor.undo();
    expect(editor.document.instances).toEqual([LEFT, RIGHT]);
  });

  it("clicks slice along corners, a double click ends the line", () => {
    clicks([10, 40], [40, 40], [40, 90]);
    click(40, 90, { isDouble: true });
    expect(areas()).toEqual([1200, 400, 1600]);
  });

  it("only what is selected, where something is", () => {
    editor.selection.select(["right"]);
    drag([5, 30], [195, 30]);
    expect(areas()).toEqual([1600, 1200, 400]);
  });

  it("says why it divides nothing", () => {
    const message = vi.fn();
    editor.on("message", message);
    drag([5, 30], [40, 30]);
    expect(editor.document.instances).toEqual([LEFT, RIGHT]);
    expect(message).toHaveBeenCalledOnce();
    clicks([5, 5], [10, 10]);
    editor.abandon();
    expect(editor.overlay().guide).toBeNull();
  });
});

describe("snapping", () => {
  beforeEach(() => {
    open(LEFT);
    editor.options.set({ snaps: true });
    editor.setTool("draw");
  });

  it("puts points on a neighbour's vertex, else on its edge", () => {
    clicks([61, 21], [61, 40], [90, 40]);
    expect(editor.draft.points).toEqual([60, 20, 60, 40, 90, 40]);
  });

  it("leaves points alone under Alt", () => {
    click(61, 21, { alt: true });
    expect(editor.draft.points).toEqual([61, 21]);
  });

  it.each([
    ["the shorter way", {}, [60, 60]],
    ["the longer way under Alt", { alt: true }, [60, 20, 20, 20, 20, 60]],
  ])("follows a border %s", (_, modifiers, between) => {
    clicks([60, 40]);
    click(40, 60, { shift: true, ...modifiers });
    expect(editor.draft.points).toEqual([60, 40, ...between, 40, 60]);
  });

  it("gives a dragged vertex to a neighbour, not to its own object", () => {
    open(LEFT, RIGHT);
    editor.options.set({ snaps: true });
    editor.setTool("select");
    click(40, 40);
    drag([60, 60], [99, 59]);
    expect(editor.document.instances[0]?.polygons[0]?.[0]?.slice(4, 6)).toEqual([100, 60]);
  });
});

it.each<ToolName>([
  "draw",
  "wire",
  "box",
  "rectangle",
  "ellipse",
  "brush",
  "eraser",
  "slice",
  "select",
  "pan",
])("a second finger takes back what %s has begun", (name) => {
  open(LEFT);
  editor.setTool(name);
  const before = editor.document;
  press(30, 30);
  moveTo([50, 50], [80, 70]);
  editor.drive((tool) => tool.cancelPress?.(editor));
  expect(editor.document).toBe(before);
  expect(editor.state).toMatchObject({ tool: name, draftPoints: 0, undoLabel: null });
  expect(editor.overlay().guide).toBeNull();
});
