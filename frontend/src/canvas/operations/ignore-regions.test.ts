import { describe, expect, it } from "vitest";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { IGNORE, type Instance, objectCount } from "../model/document";
import { colorOfInstance, IGNORED_COLOR, nameOf } from "../model/style";
import { ModelView } from "../scene/model-view";
import { ProblemFinder } from "../scene/problems";
import { duplicateSelected } from "./copies";
import { drawAgain } from "./drawing";

const SIZE = { width: 100, height: 100 };
const SQUARE = [10, 10, 40, 10, 40, 40, 10, 40];

function open(...instances: Instance[]): Editor {
  const editor = makeEditor(SIZE, { instances });
  editor.look.setClasses(new Map([[7, { color: "#ff0000", name: "cat" }]]));
  editor.outlines.chooseClass(7);
  return editor;
}

const object = (id: string, class_id: number | null = 7): Instance => ({
  id,
  class_id,
  polygons: [[SQUARE]],
});

describe("ignore regions", () => {
  it("are drawn once chosen, and the key takes the class before up again", () => {
    const editor = open();
    editor.outlines.toggleIgnored();
    expect(editor.state.activeClassId).toBe(IGNORE);
    editor.outlines.addPolygon(SQUARE);
    expect(editor.document.instances).toMatchObject([{ class_id: null }]);
    expect(editor.state.undoLabel).toBe("Draw ignore region");
    drawAgain(editor);
    expect(editor.state.activeClassId).toBe(IGNORE);
    editor.selection.select([]);
    editor.outlines.toggleIgnored();
    expect(editor.state.activeClassId).toBe(7);
    expect(objectCount(editor.document)).toBe(0);
  });

  it("come from objects and go back, and an undo restores the object", () => {
    const editor = open(object("a"));
    editor.selection.select(["a"]);
    editor.outlines.toggleIgnored();
    expect(editor.document.instances[0]?.class_id).toBeNull();
    editor.undo();
    expect(editor.document.instances[0]?.class_id).toBe(7);
    editor.redo();
    editor.selection.select(["a"]);
    editor.outlines.toggleIgnored();
    expect(editor.document.instances[0]?.class_id).toBe(7);
  });

  it("are copied as regions", () => {
    const editor = open(object("a", null));
    editor.selection.select(["a"]);
    duplicateSelected(editor);
    expect(editor.document.instances.map(({ class_id }) => class_id)).toEqual([null, null]);
  });

  it("have a look of their own, whatever colours tell apart", () => {
    const { style } = open().look;
    expect(colorOfInstance(style, object("a", null))).toBe(IGNORED_COLOR);
    expect(colorOfInstance({ ...style, colorBy: "object" }, object("a", null))).toBe(IGNORED_COLOR);
    expect(nameOf(style, null)).toBe("Ignore region");
  });

  it("are nothing that the model learns, and no problem where they lie over an object", () => {
    const document = { instances: [object("a"), object("b", null)] };
    const training = { imgsz: 640, maskRatio: 4 } as const;
    const seen = new ModelView(SIZE).of(document, training);
    expect(seen.objects.map(({ id }) => id)).toEqual(["a"]);
    expect(seen.mask.pixels).toHaveLength(1);
    const steps = new ProblemFinder(SIZE).find(document, open(...document.instances).scene, training);
    let step = steps.next();
    while (!step.done) step = steps.next();
    expect(step.value.size).toBe(0);
  });
});
