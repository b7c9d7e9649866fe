import { beforeEach, describe, expect, it } from "vitest";
import { Editor } from "../editor/editor";
import { rectangle } from "../geometry/boolean";
import { selectVanished } from "../operations/objects";

const SIZE = { width: 1000, height: 800 };
const BIG = { id: "big", class_id: 1, polygons: [[rectangle(100, 100, 500, 500)]] };
const SPECK = { id: "speck", class_id: 2, polygons: [[rectangle(700, 700, 701, 701)]] };

let editor: Editor;

beforeEach(() => {
  editor = new Editor(SIZE, { instances: [BIG, SPECK] });
  editor.setView({ width: 500, height: 400 });
});

describe("the view of the model", () => {
  it("is made only while it is shown", () => {
    expect(editor.state.seen).toBeNull();
    editor.setModelView(true);
    expect(editor.state.seen?.vanished).toEqual(["speck"]);
    expect(editor.overlay().seen).toBe(editor.state.seen);
    editor.setModelView(false);
    expect(editor.overlay().seen).toBeNull();
  });

  it("follows the size and every edit, and is not made anew for anything else", () => {
    editor.setModelView(true);
    const first = editor.state.seen;
    editor.setSnaps(true);
    expect(editor.state.seen).toBe(first);
    editor.setTrainingSize({ imgsz: 1024, maskRatio: 1 });
    expect(editor.state.seen?.vanished).toEqual([]);
    editor.deleteObjects(new Set(["big"]));
    expect(editor.state.seen?.mask.pixels).toHaveLength(1);
    editor.undo();
    expect(editor.state.seen?.mask.pixels).toHaveLength(2);
  });

  it("counts an object that smaller ones cover as vanished", () => {
    const cover = { id: "cover", class_id: 2, polygons: [[rectangle(100, 100, 300, 500)]] };
    const rest = { id: "rest", class_id: 2, polygons: [[rectangle(290, 100, 510, 500)]] };
    editor.load({ instances: [{ ...BIG }, cover, rest] });
    editor.setModelView(true);
    expect(editor.state.seen?.vanished).toEqual(["big"]);
  });

  it("selects what vanishes", () => {
    editor.setModelView(true);
    selectVanished(editor);
    expect([...editor.selection]).toEqual(["speck"]);
  });
});
