import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { hasSomething, type Work } from "../model/work";
import type { Editor } from "./editor";
import { drawOnto } from "../operations/drawing";
import { deleteObjects } from "../operations/objects";
import { editorOf, handOn } from "../testing";
import { isMidGesture } from "../stage/stage";
import type { ToolName } from "../model/tools";

const SQUARE = { id: "sq", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
const CORNERS: [number, number][] = [
  [110, 10],
  [150, 10],
  [150, 50],
];

let editor: Editor;
const { press, moveTo, lift, click, clicks, drag } = handOn(() => editor);

beforeEach(() => {
  editor = editorOf(SQUARE);
});

describe("an outline that is given up", () => {
  it("is one step of undo, and from there goes back point by point; the object before it stays", () => {
    clicks([70, 70], [90, 70], [90, 90]);
    editor.confirm();
    clicks(...CORNERS);
    editor.abandon();
    expect(editor.state).toMatchObject({ draftPoints: 0, undoLabel: "Abandon outline" });
    editor.undo();
    expect(editor.draft.points).toEqual(CORNERS.flat());
    expect(editor.document.instances).toHaveLength(2);
    editor.undo();
    expect(editor.draft.points).toEqual(CORNERS.slice(0, 2).flat());
    editor.redo();
    expect(editor.draft.points).toEqual(CORNERS.flat());
    editor.redo();
    expect(editor.state).toMatchObject({ draftPoints: 0, undoLabel: "Abandon outline" });
    editor.undo();
    editor.confirm();
    expect(editor.document.instances).toHaveLength(3);
  });

  it("leaves what can be redone as it is", () => {
    editor.edits.apply("Delete", () => ({ instances: [] }));
    editor.undo();
    clicks(...CORNERS);
    editor.abandon();
    editor.redo();
    expect(editor.document.instances).toEqual([]);
  });

  it("comes back as the cut that it was", () => {
    editor.setTool("select");
    editor.selection.select(["sq"]);
    drawOnto(editor, "cut");
    clicks([30, 30], [50, 30], [50, 50]);
    editor.abandon();
    editor.abandon();
    expect(editor.state).toMatchObject({ purpose: "new", tool: "select" });
    editor.undo();
    expect(editor.state).toMatchObject({ purpose: "cut", tool: "draw", draftPoints: 3 });
  });

  it("stays within reach when another version of the image is loaded", () => {
    clicks(...CORNERS);
    editor.abandon();
    editor.load({ instances: [] });
    editor.undo();
    expect(editor.document.instances).toEqual([]);
    expect(editor.state.draftPoints).toBe(3);
  });
});

/** What a tool has drawn when it is interrupted; true while a press goes on. */
const HALF_DONE: readonly [ToolName, () => void][] = [
  ["draw", () => clicks(...CORNERS)],
  [
    "draw",
    () => {
      press(110, 10);
      moveTo([130, 12], [150, 30], [140, 50], [115, 40]);
    },
  ],
  ["wire", () => clicks(...CORNERS)],
  ["slice", () => clicks([10, 40], [40, 40])],
  [
    "slice",
    () => {
      press(10, 40);
      moveTo([90, 40]);
    },
  ],
  [
    "rectangle",
    () => {
      press(110, 10);
      moveTo([150, 50]);
    },
  ],
  [
    "ellipse",
    () => {
      press(110, 10);
      moveTo([150, 50]);
    },
  ],
  [
    "brush",
    () => {
      press(110, 10);
      moveTo([150, 50]);
    },
  ],
  [
    "eraser",
    () => {
      press(25, 25);
      moveTo([50, 30]);
    },
  ],
  [
    "box",
    () => {
      press(110, 10);
      moveTo([150, 50]);
    },
  ],
];

const INTERRUPTIONS: readonly [string, () => void][] = [
  ["Escape", () => editor.abandon()],
  ["another tool", () => editor.setTool("select")],
  ["the hand", () => editor.setTool("pan")],
  ["a pointer that is taken away", () => editor.cancelPress(true)],
  ["the page that goes", () => editor.putDown()],
  [
    "a class key and Escape",
    () => {
      editor.outlines.chooseClass(7);
      editor.abandon();
    },
  ],
];

describe.each(INTERRUPTIONS)("interrupted by %s", (_, interrupt) => {
  it.each(HALF_DONE)("nothing that %s has drawn is lost", (tool, begin) => {
    editor.outliner = () => new Promise(() => undefined);
    editor.setTool(tool);
    const before = editor.document;
    begin();
    const inHand = editor.inHand;
    interrupt();
    expect(editor.document).toBe(before);
    if (inHand && JSON.stringify(editor.inHand) === JSON.stringify(inHand)) return; // still in hand
    editor.undo();
    const isBack = editor.document !== before || editor.inHand !== null;
    expect(isBack).toBe(true);
    editor.redo();
    expect(editor.document).toBe(before);
  });
});

describe("Ctrl+Z while the button is down", () => {
  it.each(HALF_DONE.filter(([, begin]) => begin.toString().includes("press(")))(
    "takes back what %s draws, and nothing else",
    (tool, begin) => {
      editor.outliner = () => new Promise(() => undefined);
      editor.edits.apply("Delete", () => ({ instances: [] }));
      editor.undo();
      editor.edits.apply("Change class", ({ instances }) => ({
        instances: instances.map((each) => ({ ...each, class_id: 3 })),
      }));
      const before = editor.document;
      editor.setTool(tool);
      begin();
      editor.undo();
      expect(editor.document).toBe(before);
      expect(isMidGesture(editor.tool)).toBe(false);
      editor.redo();
      expect(editor.document !== before || editor.inHand !== null).toBe(true);
    },
  );
});

it("undo works under the hand and the live wire, which are no gestures by themselves", () => {
  editor.edits.apply("Delete", () => ({ instances: [] }));
  editor.setTool("pan");
  expect(isMidGesture(editor.tool)).toBe(false);
  editor.undo();
  expect(editor.document.instances).toHaveLength(1);
  editor.setTool("wire");
  expect(isMidGesture(editor.tool)).toBe(false);
});

it.each(["select", "pan"] as const)(
  "Escape ends a press with %s: undo then takes back the last edit",
  (tool) => {
    deleteObjects(editor, new Set(["sq"]));
    editor.setTool(tool);
    press(150, 50);
    moveTo([160, 60]);
    editor.abandon();
    expect(isMidGesture(editor.tool)).toBe(false);
    editor.undo();
    expect(editor.document.instances).toEqual([SQUARE]);
  },
);

// ---- properties -----------------------------------------------------------------------------------------------------

const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("click" as const), x: fc.nat(199), y: fc.nat(99) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("drag" as const, "half" as const),
      x: fc.nat(150),
      y: fc.nat(60),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("tool" as const),
      tool: fc.constantFrom<ToolName>("draw", "wire", "rectangle", "slice", "brush", "eraser", "select"),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom("undo", "undo", "redo", "escape", "enter", "backspace", "delete", "cut" as const),
    }),
  },
);
type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

function run(step: Step): void {
  if (step.do === "click") return click(step.x, step.y);
  if (step.do === "tool") return editor.setTool(step.tool);
  if (step.do === "drag") return drag([step.x, step.y], [step.x + 40, step.y + 30]);
  if (step.do === "half") {
    press(step.x, step.y);
    moveTo([step.x + 20, step.y + 5], [step.x + 40, step.y + 30]);
    return editor.abandon();
  }
  if (step.do === "undo") return editor.undo();
  if (step.do === "redo") return editor.redo();
  if (step.do === "escape") return editor.abandon();
  if (step.do === "enter") return editor.confirm();
  if (step.do === "backspace") return editor.backspace();
  if (step.do === "delete") return deleteObjects(editor, new Set(["sq"]));
  drawOnto(editor, "cut");
}

type Held = { instances: unknown; points: readonly number[]; box: unknown };

function held(work: Work | null = editor.inHand): Held {
  return {
    instances: editor.document.instances,
    points: work && work.kind !== "offer" ? work.points : [],
    box: work?.kind === "offer" ? work.box : null,
  };
}

describe("after anything that hands do", () => {
  function after(list: readonly Step[]): void {
    editor = editorOf(SQUARE);
    list.forEach(run);
  }

  it("redo leads to where undo came from, and undo to where redo came from", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), (list) => {
        after(list);
        const here = held();
        editor.undo();
        const there = held();
        if (JSON.stringify(there) === JSON.stringify(here)) return;
        editor.redo();
        expect(held()).toEqual(here);
        editor.undo();
        expect(held()).toEqual(there);
      }),
      { numRuns: 150 },
    );
  });

  it("undo to the end ends with nothing drawn, and redo brings back the last state", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 25 }), (list) => {
        after(list);
        const seen: string[] = [JSON.stringify(held())];
        for (let i = 0; i < 200; i++) {
          editor.undo();
          const now = JSON.stringify(held());
          if (now === seen.at(-1)) break;
          seen.push(now);
        }
        expect(editor.document.instances).toEqual([SQUARE]);
        for (let i = seen.length - 2; i >= 0; i--) {
          editor.redo();
          expect(JSON.stringify(held())).toBe(seen[i]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("Escape loses no point: undo brings back exactly what was in hand", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 25 }), (list) => {
        after(list);
        const before = held();
        const work = editor.tool.work?.(editor) ?? null;
        if (!hasSomething(work) || work?.kind === "offer") return;
        editor.abandon();
        expect(hasSomething(editor.tool.work?.(editor) ?? null)).toBe(false);
        editor.undo();
        expect(held()).toEqual(before);
      }),
      { numRuns: 150 },
    );
  });
});

it("a stroke of the brush that was given up is undone twice and redone twice", () => {
  editor.setTool("brush");
  press(110, 10);
  moveTo([150, 50]);
  editor.abandon();
  lift(150, 50);
  expect(editor.state.undoLabel).toBe("Abandon stroke");
  editor.undo();
  expect(editor.document.instances).toHaveLength(2);
  editor.undo();
  expect(editor.document.instances).toEqual([SQUARE]);
  editor.redo();
  editor.redo();
  expect(editor.document.instances).toEqual([SQUARE]);
  editor.undo();
  expect(editor.document.instances).toHaveLength(2);
});
