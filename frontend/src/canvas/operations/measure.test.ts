import { beforeEach, describe, expect, it } from "vitest";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { sizeInHand } from "./measure";
import { handOn } from "../testing";

const SQUARE = { id: "sq", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 50, 20, 50]]] };
let editor: Editor;
const { press, moveTo, click, clicks } = handOn(() => editor);

beforeEach(() => {
  editor = makeEditor({ width: 200, height: 100 }, { instances: [SQUARE] });
  editor.viewport.setView({ width: 432, height: 232 });
  editor.outlines.chooseClass(1);
});

describe("the size in hand", () => {
  it.each<[string, () => void, { width: number; height: number } | null]>([
    ["nothing", () => undefined, null],
    [
      "an outline, up to the pointer",
      () => {
        clicks([10, 10], [30, 15]);
        editor.pointing.setPointer({ x: 5, y: 40 });
      },
      { width: 25, height: 30 },
    ],
    [
      "a rectangle",
      () => {
        editor.setTool("rectangle");
        press(10, 10);
        moveTo([50, 30]);
      },
      { width: 40, height: 20 },
    ],
    [
      "a selected object",
      () => {
        editor.setTool("select");
        click(40, 40);
      },
      { width: 40, height: 30 },
    ],
    [
      "a selected object while a vertex of it moves",
      () => {
        editor.setTool("select");
        click(40, 40);
        press(60, 50);
        moveTo([80, 70]);
      },
      { width: 60, height: 50 },
    ],
    [
      "a stroke of the brush",
      () => {
        editor.setTool("brush");
        press(10, 10);
        moveTo([50, 30]);
      },
      null,
    ],
  ])("is that of %s", (_, act, size) => {
    act();
    expect(sizeInHand(editor)).toEqual(size);
  });
});
