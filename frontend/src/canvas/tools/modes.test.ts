import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Instance } from "../model/document";
import type { Editor } from "../editor/editor";
import { areaOf } from "../geometry/polygons";
import { drawOnto, erase } from "../operations/drawing";
import { editorOf, handOn } from "../testing";
import type { ToolName } from "../model/tools";

const LEFT: Instance = { id: "left", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
const RIGHT: Instance = { id: "right", class_id: 2, polygons: [[[100, 20, 140, 20, 140, 60, 100, 60]]] };

let editor: Editor;
const message = vi.fn();
const { hover, press, moveTo, click, clicks, drag } = handOn(() => editor);

beforeEach(() => {
  message.mockReset();
  editor = editorOf(LEFT, RIGHT);
  editor.on("message", message);
  editor.setTool("select");
  click(40, 40);
});

/** How large an object is shown, in hand or not. */
function shownArea(id: string): number {
  const { selected, preview } = editor.overlay();
  const shown = [...selected, ...preview].find((each) => each.id === id);
  return Math.round(areaOf(shown?.polygons ?? []));
}

describe("a cut", () => {
  it("shows what is left before Enter, and the mode at the pointer", () => {
    drawOnto(editor, "cut");
    hover(30, 30);
    expect(editor.overlay().badge).toBe("Cut · once");
    clicks([30, 30], [50, 30], [50, 50]);
    hover(30, 50);
    expect(shownArea("left")).toBe(1200);
    expect(editor.document.instances[0]).toBe(LEFT);
  });

  it("that touches nothing stays in hand, and says why, before Enter and after", () => {
    drawOnto(editor, "cut");
    clicks([150, 70], [170, 70], [170, 90]);
    hover(150, 90);
    expect(editor.overlay().badge).toContain("does not touch the object");
    editor.confirm();
    expect(editor.document.instances).toEqual([LEFT, RIGHT]);
    expect(editor.state).toMatchObject({ draftPoints: 3, purpose: "cut", undoLabel: "Last point" });
    expect(message.mock.calls[0]?.[0]).toContain("does not touch the object");
  });

  it("that would leave nothing stays in hand, and says so", () => {
    drawOnto(editor, "cut");
    clicks([10, 10], [90, 10], [90, 90], [10, 90]);
    hover(10, 91);
    expect(editor.overlay().badge).toContain("leave nothing");
    editor.confirm();
    expect(editor.document.instances[0]).toBe(LEFT);
    expect(editor.state).toMatchObject({ draftPoints: 4, purpose: "cut" });
    expect(message).toHaveBeenCalledOnce();
  });

  it("ends its mode: the next outline is an object of its own", () => {
    drawOnto(editor, "cut");
    clicks([30, 30], [50, 30], [50, 50]);
    editor.confirm();
    expect(editor.state).toMatchObject({ purpose: "new", tool: "select" });
    expect([...editor.selection.ids]).toEqual(["left"]);
    editor.setTool("draw");
    clicks([110, 30], [120, 30], [120, 40]);
    editor.confirm();
    expect(editor.document.instances).toHaveLength(3);
    expect(editor.document.instances[1]).toBe(RIGHT);
  });

  it("stays on where X was pressed twice, which is seen; Escape ends it", () => {
    drawOnto(editor, "cut");
    drawOnto(editor, "cut");
    hover(30, 30);
    expect(editor.state).toMatchObject({ purpose: "cut", staysOn: true });
    expect(editor.overlay().badge).toBe("Cut · stays on");
    clicks([25, 25], [30, 25], [30, 30]);
    editor.confirm();
    clicks([45, 45], [50, 45], [50, 50]);
    editor.confirm();
    expect(editor.document.instances[0]?.polygons[0]).toHaveLength(3);
    editor.abandon();
    expect(editor.state.purpose).toBe("new");
  });

  it("X pressed again with an outline in hand does not turn it into an object", () => {
    drawOnto(editor, "cut");
    clicks([30, 30], [50, 30], [50, 50]);
    drawOnto(editor, "cut");
    editor.confirm();
    expect(editor.document.instances).toHaveLength(2);
  });

  it("keeps its purpose while another tool is in hand", () => {
    drawOnto(editor, "cut");
    clicks([30, 30], [50, 30], [50, 50]);
    editor.setTool("select");
    editor.setTool("draw");
    editor.confirm();
    expect(editor.document.instances).toHaveLength(2);
    expect(areaOf(editor.document.instances[0]?.polygons ?? [])).toBe(1400);
  });
});

describe("adding", () => {
  it("shows the result before Enter, and ends", () => {
    drawOnto(editor, "add");
    clicks([60, 20], [80, 20], [80, 60]);
    hover(60, 60);
    expect(shownArea("left")).toBe(2400);
    editor.confirm();
    expect(editor.state.purpose).toBe("new");
  });

  it("says where it would add nothing", () => {
    drawOnto(editor, "add");
    clicks([30, 30], [50, 30], [50, 50]);
    editor.confirm();
    expect(editor.document.instances[0]).toBe(LEFT);
    expect(editor.state.draftPoints).toBe(3);
    expect(message.mock.calls[0]?.[0]).toContain("nothing would be added");
  });

  it.each<ToolName>(["rectangle", "ellipse"])("keeps the %s in hand that would change nothing", (tool) => {
    drawOnto(editor, "cut");
    editor.setTool(tool);
    press(150, 60);
    moveTo([180, 90]);
    expect(editor.overlay().badge).toContain("does not touch");
    editor.drive((state) => state.cancelPress?.(editor));
    drag([150, 60], [180, 90]);
    expect(editor.document.instances).toEqual([LEFT, RIGHT]);
    expect(editor.state.draftPoints).toBeGreaterThan(3);
    expect(editor.state.purpose).toBe("cut");
  });

  it("strokes of the brush that go on with one object say so at the pointer", () => {
    editor.setTool("brush");
    drag([20, 90], [40, 90]);
    hover(100, 90);
    expect(editor.overlay().badge).toBe("Add · stays on");
  });
});

describe("the knife", () => {
  beforeEach(() => {
    editor.selection.select([]);
    editor.setTool("slice");
  });

  it("shows the pieces before it cuts", () => {
    clicks([5, 30], [90, 30]);
    hover(91, 30);
    expect(editor.overlay().badge).toBe("Slice · 2 pieces");
    expect(editor.document.instances).toEqual([LEFT, RIGHT]);
  });

  it("keeps the line that divides nothing, and a drag begins another", () => {
    drag([5, 30], [40, 30]);
    expect(message).toHaveBeenCalledOnce();
    expect(editor.inHand).toMatchObject({ kind: "line", points: [5, 30, 40, 30] });
    hover(41, 31);
    expect(editor.overlay().badge).toContain("divides nothing");
    drag([5, 40], [90, 40]);
    expect(editor.document.instances).toHaveLength(3);
  });
});

it("the eraser says where it changes nothing", () => {
  erase(editor, [[[150, 70, 160, 70, 160, 80]]], { x: 155, y: 72 });
  expect(editor.document.instances).toEqual([LEFT, RIGHT]);
  expect(message.mock.calls[0]?.[0]).toContain("does not touch");
});
