import { beforeEach, describe, expect, it, vi } from "vitest";
import type { DatasetClass } from "@/api/types";
import { Editor } from "@/canvas/editor";
import { COMMANDS, isForCanvas, type PageActions, runCommand } from "./commands";

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
let page: { [name in keyof PageActions]: ReturnType<typeof vi.fn<() => void>> };

function press(init: KeyboardEventInit): boolean {
  const event = new KeyboardEvent("keydown", { cancelable: true, ...init });
  return runCommand({ editor, classes, page }, event);
}

beforeEach(() => {
  const square = { id: "sq", class_id: 40, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
  editor = new Editor(SIZE, { instances: [square] });
  editor.chooseClass(40);
  const spy = () => vi.fn<() => void>();
  page = {
    done: spy(),
    next: spy(),
    previous: spy(),
    saveNow: spy(),
    toggleHelp: spy(),
    searchClasses: spy(),
    showDetails: spy(),
    repeatPrevious: spy(),
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
    editor.select(["sq"]);
    press({ key: "ArrowRight", shiftKey: true });
    expect(page.next).toHaveBeenCalledOnce();
    expect(editor.document.instances[0]?.polygons[0]?.[0]?.[0]).toBe(30);
  });

  it.each([
    [{ key: "d" }, "done"],
    [{ key: "Enter", ctrlKey: true }, "done"],
    [{ key: "PageUp" }, "previous"],
    [{ key: "s", ctrlKey: true }, "saveNow"],
    [{ key: "?", shiftKey: true }, "toggleHelp"],
    [{ key: "c" }, "searchClasses"],
    [{ key: "n" }, "showDetails"],
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

  it("are not claimed by two commands", () => {
    const events = [
      { key: "z", ctrlKey: true },
      { key: "Z", ctrlKey: true, shiftKey: true },
      { key: "1", code: "Digit1" },
      { key: "!", code: "Digit1", shiftKey: true },
      { key: "0", code: "Digit0" },
      { key: "Delete" },
      { key: "l" },
      { key: "L", shiftKey: true },
      { key: "q" },
      { key: "Q", shiftKey: true },
    ].map((init) => new KeyboardEvent("keydown", init));
    for (const event of events) expect(COMMANDS.filter((command) => command.matches(event))).toHaveLength(1);
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
    editor.select(["sq"]);
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
