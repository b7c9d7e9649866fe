import { beforeEach, describe, expect, it } from "vitest";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { rectangle } from "../geometry/boolean";
import { selectVanished } from "../operations/selecting";
import { deleteObjects } from "../operations/objects";

const SIZE = { width: 1000, height: 800 };
const BIG = { id: "big", class_id: 1, polygons: [[rectangle(100, 100, 500, 500)]] };
const SPECK = { id: "speck", class_id: 2, polygons: [[rectangle(700, 700, 701, 701)]] };

let editor: Editor;

beforeEach(() => {
  editor = makeEditor(SIZE, { instances: [BIG, SPECK] });
  editor.viewport.setView({ width: 500, height: 400 });
});

describe("the view of the model", () => {
  it("is made only while it is shown", () => {
    expect(editor.state.seen).toBeNull();
    editor.options.set({ modelView: true });
    expect(editor.state.seen?.vanished).toEqual(["speck"]);
    expect(editor.overlay().seen).toBe(editor.state.seen);
    editor.options.set({ modelView: false });
    expect(editor.overlay().seen).toBeNull();
  });

  it("follows the size and every edit, and is not made anew for anything else", () => {
    editor.options.set({ modelView: true });
    const first = editor.state.seen;
    editor.options.set({ snaps: true });
    expect(editor.state.seen).toBe(first);
    editor.options.set({ trainingSize: { imgsz: 1024, maskRatio: 1 } });
    expect(editor.state.seen?.vanished).toEqual([]);
    deleteObjects(editor, new Set(["big"]));
    expect(editor.state.seen?.mask.pixels).toHaveLength(1);
    editor.undo();
    expect(editor.state.seen?.mask.pixels).toHaveLength(2);
  });

  it("counts an object that smaller ones cover as vanished", () => {
    const cover = { id: "cover", class_id: 2, polygons: [[rectangle(100, 100, 300, 500)]] };
    const rest = { id: "rest", class_id: 2, polygons: [[rectangle(290, 100, 510, 500)]] };
    editor.load({ instances: [{ ...BIG }, cover, rest] });
    editor.options.set({ modelView: true });
    expect(editor.state.seen?.vanished).toEqual(["big"]);
  });

  it("selects what vanishes", () => {
    editor.options.set({ modelView: true });
    selectVanished(editor);
    expect([...editor.selection.ids]).toEqual(["speck"]);
  });
});
