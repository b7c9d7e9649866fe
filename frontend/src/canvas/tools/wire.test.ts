import { closeDraftAs } from "../operations/drawing";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { noiseAt, sourceOf } from "../assist/synthetic";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { areaOf } from "../geometry/polygons";
import { handOn } from "../testing";

const SIZE = { width: 400, height: 300 };
const RADIUS = 80;

let editor: Editor;
const { hover, press, moveTo, lift, click } = handOn(() => editor);
const message = vi.fn();

function rim(turns: number): [number, number] {
  return [200 + RADIUS * Math.cos(2 * Math.PI * turns), 150 + RADIUS * Math.sin(2 * Math.PI * turns)];
}

beforeEach(() => {
  message.mockReset();
  editor = makeEditor(SIZE, { instances: [] });
  editor.viewport.setView({ width: 432, height: 332 });
  editor.outlines.chooseClass(5);
  editor.on("message", message);
  editor.pixels = sourceOf(
    SIZE,
    (x, y) => 60 + (Math.hypot(x - 200, y - 150) < RADIUS ? 120 : 0) + 8 * noiseAt(x, y),
  );
  editor.setTool("wire");
});

describe("the live wire", () => {
  it.each([
    ["Enter", () => editor.confirm()],
    ["a click on the first point", () => click(...rim(0))],
    ["a double click", () => click(...rim(0.7), { isDouble: true })],
  ])("makes a disc of a few clicks on its rim, closed by %s along the rim", (_, close) => {
    for (const turns of [0, 0.35, 0.7]) click(...rim(turns));
    close();
    const [made] = editor.document.instances;
    expect(made?.class_id).toBe(5);
    expect(areaOf(made?.polygons ?? []) / (Math.PI * RADIUS ** 2)).toBeCloseTo(1, 1);
    expect(editor.state).toMatchObject({ tool: "wire", draftPoints: 0 });
  });

  it("shows the way to the pointer before it is fixed", () => {
    click(...rim(0));
    hover(...rim(0.25));
    const { draft } = editor.overlay();
    expect(draft?.points).toHaveLength(2);
    expect(draft?.stroke.length).toBeGreaterThan(6);
  });

  it("is straight under Shift, and exactly where the pointer is", () => {
    click(...rim(0));
    const [x, y] = rim(0.3);
    click(x + 2, y, { shift: true });
    expect(editor.draft.points.slice(2)).toEqual([x + 2, y]);
  });

  it("pulls a point that is set beside the edge onto it, but not under Alt", () => {
    click(200 + RADIUS + 3, 150);
    expect(Math.abs((editor.draft.points[0] ?? 0) - 200 - RADIUS)).toBeLessThan(1.5);
    editor.abandon();
    click(200 + RADIUS + 3, 150, { alt: true });
    expect(editor.draft.points).toEqual([200 + RADIUS + 3, 150]);
  });

  it("takes back the last piece whole, with Backspace and with undo", () => {
    for (const turns of [0, 0.2, 0.4]) click(...rim(turns));
    const all = editor.draft.points.length;
    editor.backspace();
    const fewer = editor.draft.points.length;
    expect(fewer).toBeLessThan(all - 4);
    editor.undo();
    expect(editor.draft.points).toHaveLength(2);
    editor.backspace();
    expect(editor.state.draftPoints).toBe(0);
  });

  it("goes on with points that were set by the draw tool, and leaves its own to it", () => {
    editor.setTool("draw");
    click(...rim(0));
    editor.setTool("wire");
    click(...rim(0.2));
    const points = editor.draft.points;
    expect(points.length).toBeGreaterThan(4);
    editor.setTool("draw");
    expect(editor.draft.points).toBe(points);
  });

  it("is set by a touch that drags, and taken back by a second finger", () => {
    click(...rim(0));
    press(...rim(0.1), { kind: "touch" });
    moveTo(rim(0.2), rim(0.3));
    lift(...rim(0.3), { kind: "touch" });
    const points = editor.draft.points;
    expect(points.length).toBeGreaterThan(6);
    press(...rim(0.4));
    editor.drive((tool) => tool.cancelPress?.(editor));
    expect(editor.draft.points).toBe(points);
  });

  it("says that there is no photograph, and draws straight lines", () => {
    editor.pixels = null;
    click(10, 10);
    click(90, 10);
    click(90, 70);
    expect(message).toHaveBeenCalledOnce();
    editor.confirm();
    expect(editor.document.instances[0]?.polygons).toEqual([[[10, 10, 90, 10, 90, 70]]]);
  });

  it("keeps the outline in hand until there is a class", () => {
    editor = makeEditor(SIZE, { instances: [] });
    editor.viewport.setView({ width: 432, height: 332 });
    editor.setTool("wire");
    for (const [x, y] of [
      [10, 10],
      [90, 10],
      [90, 70],
    ] as const)
      click(x, y);
    editor.confirm();
    expect(editor.state).toMatchObject({ tool: "wire", draftPoints: 3 });
    closeDraftAs(editor, 7);
    expect(editor.document.instances[0]?.class_id).toBe(7);
  });
});
