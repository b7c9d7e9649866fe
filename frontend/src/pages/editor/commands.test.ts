import { deleteObjects } from "@/canvas/operations/objects";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { makeEditor } from "@/canvas/make-editor";
import { COMMANDS, DEFAULT_KEYMAP, isForCanvas, runCommand, runWhileOpening } from "./commands";
import type { PageActions } from "./commands/command";
import { buildKeymap, type Keymap, parseChord, refusalOf } from "./keymap";

const SIZE = { width: 100, height: 100 };
const classes = ["cat", "dog"].map((name, index): DatasetClass => ({
  id: 40 + index,
  index,
  name,
  color: "#112233",
  is_retired: false,
  instance_count: 0,
}));

let editor: Editor;
let page: { [name in keyof PageActions]: ReturnType<typeof vi.fn<PageActions[name]>> };

function press(init: KeyboardEventInit, keymap: Keymap = DEFAULT_KEYMAP, isOnCanvas = false): boolean {
  const event = new KeyboardEvent("keydown", { cancelable: true, ...init });
  return runCommand({ editor, classes, page, isOnCanvas }, keymap, event);
}

beforeEach(() => {
  const square = { id: "sq", class_id: 40, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
  editor = makeEditor(SIZE, { instances: [square] });
  editor.outlines.chooseClass(40);
  const spy = () => vi.fn<() => void>();
  page = {
    ...{ done: spy(), next: spy(), previous: spy(), first: spy(), last: spy(), jump: spy(), filter: spy() },
    ...{ leave: spy(), saveNow: spy(), toggleHelp: spy(), searchClasses: spy(), repeatPrevious: spy() },
    ...{ showDetails: spy(), focusCanvas: spy() },
    ...{ toggleHistory: spy(), toggleComments: spy(), addComment: spy(), assign: spy(), sendBack: spy() },
    ...{ togglePanel: spy(), toggleStrip: spy(), adjust: vi.fn<PageActions["adjust"]>() },
  };
});

describe("keys", () => {
  it("choose a class by the place of the digit, whatever the layout prints on it", () => {
    press({ key: "é", code: "Digit2" });
    expect(editor.state.activeClassId).toBe(41);
  });

  it("close the outline in hand as another class with Shift and the digit", () => {
    editor.resumeDraft([0, 0, 10, 0, 10, 10]);
    press({ key: '"', code: "Digit2", shiftKey: true });
    expect(editor.document.instances.at(-1)?.class_id).toBe(41);
    expect(editor.state.draftPoints).toBe(0);
  });

  it("ignore a digit that has no class", () => {
    expect(press({ key: "7", code: "Digit7" })).toBe(true);
    expect(editor.state.activeClassId).toBe(40);
  });

  it("nudge what is selected, else walk to the next image", () => {
    press({ key: "ArrowRight" });
    expect(page.next).toHaveBeenCalledOnce();
    editor.setTool("select");
    editor.selection.select(["sq"]);
    press({ key: "ArrowRight", shiftKey: true });
    expect(page.next).toHaveBeenCalledOnce();
    expect(editor.document.instances[0]?.polygons[0]?.[0]?.[0]).toBe(30);
  });

  it("never leave the image while an outline is open", () => {
    editor.resumeDraft([10, 10, 20, 10]);
    for (const key of ["ArrowRight", "ArrowLeft"]) press({ key });
    expect(page.next).not.toHaveBeenCalled();
    expect(page.previous).not.toHaveBeenCalled();
    editor.abandon();
    press({ key: "ArrowRight" });
    expect(page.next).toHaveBeenCalledOnce();
  });

  it("go on walking while an image is on its way, and do nothing else", () => {
    const during = (key: string): boolean =>
      runWhileOpening(page, DEFAULT_KEYMAP, new KeyboardEvent("keydown", { cancelable: true, key }));
    for (const key of ["PageDown", "ArrowRight", "PageDown"]) expect(during(key)).toBe(true);
    expect(page.next).toHaveBeenCalledTimes(3);
    for (const key of ["d", "Delete", "p"]) expect(during(key)).toBe(false);
    expect(page.done).not.toHaveBeenCalled();
  });

  it("walk through the objects by Tab on the canvas alone, and only while another key leaves it", () => {
    expect(press({ key: "Tab" })).toBe(false);
    expect(press({ key: "Tab" }, DEFAULT_KEYMAP, true)).toBe(true);
    expect([...editor.selection.ids]).toEqual(["sq"]);
    expect(press({ key: "Tab", shiftKey: true }, DEFAULT_KEYMAP, true)).toBe(true);
    expect(press({ key: "F8" })).toBe(true);
    expect(page.searchClasses).toHaveBeenCalledOnce();
    const trap = buildKeymap(COMMANDS, { "view.leave-canvas": [] });
    expect(press({ key: "Tab" }, trap, true)).toBe(false);
    deleteObjects(editor, new Set(["sq"]));
    expect(press({ key: "Tab" }, DEFAULT_KEYMAP, true)).toBe(false);
  });

  it.each([
    [{ key: "d" }, "done"],
    [{ key: "Enter", ctrlKey: true }, "done"],
    [{ key: "PageUp" }, "previous"],
    [{ key: "s", ctrlKey: true }, "saveNow"],
    [{ key: "?", shiftKey: true }, "toggleHelp"],
    [{ key: "c" }, "searchClasses"],
    [{ key: "E", shiftKey: true }, "showDetails"],
    [{ key: "Home" }, "first"],
    [{ key: "End" }, "last"],
    [{ key: "j" }, "jump"],
    [{ key: "g", ctrlKey: true }, "jump"],
    [{ key: "F", shiftKey: true }, "filter"],
    [{ key: "ArrowUp", altKey: true }, "leave"],
    [{ key: "b", metaKey: true }, "togglePanel"],
    [{ key: "B", ctrlKey: true, shiftKey: true }, "toggleStrip"],
    [{ key: "y" }, "toggleHistory"],
    [{ key: "Y", shiftKey: true }, "toggleComments"],
    [{ key: "N", shiftKey: true }, "addComment"],
    [{ key: "u" }, "assign"],
  ] as const)("%o → %s", (init, action) => {
    press(init);
    expect(page[action]).toHaveBeenCalledOnce();
  });

  it("leave the browser its own", () => {
    for (const init of [
      { key: "c", ctrlKey: true },
      { key: "r", ctrlKey: true },
      { key: "F5" },
      { key: "d", altKey: true },
    ]) {
      expect(press(init)).toBe(false);
    }
  });

  it("are each the key of one command, that a browser leaves to the page", () => {
    const chords = COMMANDS.flatMap(({ keys }) => keys);
    expect(new Set(chords).size).toBe(chords.length);
    expect(new Set(COMMANDS.map(({ id }) => id)).size).toBe(COMMANDS.length);
    for (const chord of chords) {
      expect(parseChord(chord)).toBe(chord);
      // The space bar is the keyboard cursor's while that is on; else it moves the view.
      if (chord !== "Space") expect(refusalOf(chord)).toBeNull();
    }
  });

  it("are there for every command", () => {
    expect(COMMANDS.filter(({ keys }) => keys.length === 0)).toEqual([]);
  });

  it("follow what a person changed", () => {
    const keymap = buildKeymap(COMMANDS, { "image.done": ["F9"], "image.jump": ["D"] });
    press({ key: "F9" }, keymap);
    expect(page.done).toHaveBeenCalledOnce();
    press({ key: "d" }, keymap);
    expect(page.done).toHaveBeenCalledOnce();
    expect(page.jump).toHaveBeenCalledOnce();
  });
});

describe("commands", () => {
  it("walk through the objects, the topmost first, and leave hidden ones out", () => {
    const square = editor.document.instances[0];
    const others = ["b", "c"].map((id) => ({
      ...square,
      id,
      class_id: 40,
      polygons: square?.polygons ?? [],
    }));
    editor.edits.apply("Add", ({ instances }) => ({ instances: [...instances, ...others] }));
    editor.selection.setHidden(["b"], true);
    const visited = [".", ".", ".", ",", ","].map((key) => {
      press({ key });
      return [...editor.selection.ids].join();
    });
    expect(visited).toEqual(["c", "sq", "c", "sq", "c"]);
    expect(editor.state.tool).toBe("select");
  });

  it("bring an object that is out of view into it", () => {
    editor.viewport.setView({ width: 100, height: 100 });
    for (let index = 0; index < 8; index++) editor.viewport.zoomAt({ x: 0, y: 0 }, 1.5);
    press({ key: "." });
    const { scale, x } = editor.viewport.camera;
    expect(20 * scale + x).toBeGreaterThanOrEqual(0);
    expect(60 * scale + x).toBeLessThanOrEqual(100);
  });

  it("hide what is selected, and show all again", () => {
    editor.setTool("select");
    editor.selection.select(["sq"]);
    press({ key: "H", shiftKey: true });
    expect(editor.selection.isVisible("sq")).toBe(false);
    press({ key: "h", altKey: true });
    expect(editor.selection.isVisible("sq")).toBe(true);
  });

  it("show a pixel of the image as one of the screen", () => {
    editor.viewport.setView({ width: 640, height: 480 });
    press({ key: ")", code: "Digit0", shiftKey: true });
    expect(editor.viewport.camera.scale).toBeCloseTo(1);
    press({ key: "0", code: "Digit0" });
    expect(editor.viewport.camera.scale).toBeGreaterThan(1);
  });

  it("cover the photograph less, down to nothing", () => {
    for (let index = 0; index < 20; index++) press({ key: "{", code: "BracketLeft", shiftKey: true });
    expect(editor.state.opacity).toBe(0);
    press({ key: "}", code: "BracketRight", shiftKey: true });
    expect(editor.state.opacity).toBe(0.1);
  });

  it("adjust the photograph and come back to it as taken", () => {
    const dark = { brightness: 0.5, contrast: 1, inverted: false };
    press({ key: "B", shiftKey: true });
    press({ key: "i", altKey: true });
    const [brighter, asTaken] = page.adjust.mock.calls.map(([change]) => change);
    expect(brighter?.(dark).brightness).toBeGreaterThan(0.5);
    expect(asTaken?.(dark).brightness).toBe(1);
  });
});

describe("isForCanvas", () => {
  function from(html: string, key: string): boolean {
    document.body.innerHTML = html;
    let answer = false;
    const listener = (event: KeyboardEvent): void => {
      answer = isForCanvas(event);
    };
    window.addEventListener("keydown", listener, { once: true });
    document.body.firstElementChild?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    return answer;
  }

  it.each([
    ["<input>", "d", false],
    ["<textarea></textarea>", "Delete", false],
    ["<button>Hide</button>", "Enter", false],
    ["<button>Hide</button>", "d", true],
    ['<input type="range">', "ArrowLeft", false],
    ["<div></div>", "Enter", true],
  ])("%s %s → %s", (html, key, expected) => {
    expect(from(html, key)).toBe(expected);
  });

  it("copy, cut and paste objects, and repeat those of the image before", () => {
    editor.setTool("select");
    editor.selection.select(["sq"]);
    press({ key: "c", ctrlKey: true });
    press({ key: "v", ctrlKey: true });
    expect(editor.document.instances).toHaveLength(2);
    press({ key: "x", ctrlKey: true });
    expect(editor.document.instances).toHaveLength(1);
    press({ key: "V", ctrlKey: true, shiftKey: true });
    expect(page.repeatPrevious).toHaveBeenCalledOnce();
  });

  it("change the tolerance by the brackets while drawing", () => {
    press({ key: "[", code: "BracketLeft" });
    expect(editor.state.strokeTolerance).toBe(0.75);
    press({ key: "]", code: "BracketRight" });
    expect(editor.state.strokeTolerance).toBe(1);
  });

  it("change the brush by the place of the brackets", () => {
    editor.setTool("brush");
    const before = editor.state.brushRadius;
    press({ key: "+", code: "BracketRight" });
    expect(editor.state.brushRadius).toBeGreaterThan(before);
  });
});
