import { beforeEach, describe, expect, it, vi } from "vitest";
import type { OutlineRequest } from "../assist/outliner";
import type { Instance } from "../model/document";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { rectangle } from "../geometry/boolean";
import { areaOf } from "../geometry/polygons";
import type { Polygons } from "../geometry/types";
import { editorOf, handOn } from "../testing";

const SIZE = { width: 200, height: 100 };
const FOUND: Polygons = [[rectangle(30, 30, 60, 60)]];
const MORE: Polygons = [[rectangle(30, 30, 70, 60)]];

type Asked = {
  request: OutlineRequest;
  signal: AbortSignal;
  answer: (polygons: Polygons) => Promise<void>;
  fail: (error: Error) => Promise<void>;
};

let editor: Editor;
let asked: Asked[];
const { press, moveTo, click, drag } = handOn(() => editor);
const message = vi.fn();

/** Lets what waits for the answer run. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  message.mockReset();
  asked = [];
  editor = editorOf();
  editor.on("message", message);
  editor.outliner = (request, signal) =>
    new Promise((resolve, reject) =>
      asked.push({
        request,
        signal,
        answer: (polygons) => (resolve(polygons), settle()),
        fail: (error) => (reject(error), settle()),
      }),
    );
  editor.setTool("box");
});

async function offer(): Promise<void> {
  drag([20, 20], [80, 80]);
  await asked[0]?.answer(FOUND);
}

describe("box to polygon", () => {
  it("asks for what lies in the box, shows it, and makes an object of it on Enter", async () => {
    drag([80, 80], [20, 20]);
    expect(asked[0]?.request).toMatchObject({ box: [20, 20, 80, 80], inside: [], outside: [] });
    expect(editor.state.offer).toBe("looking");
    await asked[0]?.answer(FOUND);
    expect(editor.state.offer).toBe("offered");
    expect(editor.overlay().guide).toMatchObject({ kind: "offer", polygons: FOUND });
    expect(editor.document.instances).toEqual([]);
    editor.confirm();
    expect(editor.document.instances).toMatchObject([{ class_id: 5, polygons: FOUND }]);
    expect(editor.state).toMatchObject({ offer: null, tool: "box", undoLabel: "Draw object" });
    expect(editor.overlay().guide).toBeNull();
  });

  it("a click outside the box takes it too", async () => {
    await offer();
    click(150, 50);
    expect(editor.document.instances).toHaveLength(1);
  });

  it("strokes ask again: this too; under Alt, or the other way round, not this", async () => {
    await offer();
    drag([62, 40], [70, 40]);
    expect(asked[1]?.request.inside[0]?.slice(0, 2)).toEqual([62, 40]);
    expect(asked[1]?.request).toMatchObject({ box: [20, 20, 80, 80], outside: [] });
    await asked[1]?.answer(MORE);
    drag([25, 25], [25, 60], { alt: true });
    expect(asked[2]?.request.inside).toHaveLength(1);
    expect(asked[2]?.request.outside).toHaveLength(1);
    await asked[2]?.answer(MORE);
    editor.options.set({ hint: "outside" });
    click(40, 40);
    expect(asked[3]?.request.outside).toHaveLength(2);
    await asked[3]?.answer(FOUND);
    editor.confirm();
    expect(editor.document.instances).toMatchObject([{ polygons: FOUND }]);
  });

  it("says what was shown when the newest stroke was drawn, and which stroke is newer", async () => {
    await offer();
    expect(asked[0]?.request).toMatchObject({ shown: [], order: [] });
    drag([25, 25], [25, 60], { alt: true });
    expect(asked[1]?.request).toMatchObject({ shown: FOUND, order: ["outside"] });
    await asked[1]?.answer(MORE);
    drag([62, 40], [70, 40]);
    expect(asked[2]?.request).toMatchObject({ shown: MORE, order: ["outside", "inside"] });
    await asked[2]?.answer(FOUND);
    editor.backspace();
    expect(asked[3]?.request).toEqual(asked[1]?.request);
  });

  it("Backspace takes back the last stroke, then the offer", async () => {
    await offer();
    drag([62, 40], [70, 40]);
    await asked[1]?.answer(MORE);
    editor.backspace();
    expect(asked[2]?.request).toMatchObject({ inside: [], outside: [] });
    await asked[2]?.answer(FOUND);
    editor.undo();
    expect(editor.state.offer).toBeNull();
  });

  it("Escape stops the search, and a late answer changes nothing", async () => {
    drag([20, 20], [80, 80]);
    editor.abandon();
    expect(asked[0]?.signal.aborted).toBe(true);
    await asked[0]?.answer(FOUND);
    expect(editor.state).toMatchObject({ offer: null, tool: "box" });
    expect(editor.overlay().guide).toBeNull();
  });

  it("Escape during a second search leaves the first outline on offer; once more drops it", async () => {
    await offer();
    drag([62, 40], [70, 40]);
    editor.abandon();
    expect(editor.overlay().guide).toMatchObject({ kind: "offer", polygons: FOUND, inside: [] });
    editor.abandon();
    expect(editor.state.offer).toBeNull();
    expect(editor.document.instances).toEqual([]);
  });

  it("another tool stops the search", () => {
    drag([20, 20], [80, 80]);
    editor.setTool("select");
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(editor.state.offer).toBeNull();
  });

  it.each([
    ["says why it failed", (each: Asked) => each.fail(new Error("The server is busy. Try again.")), /busy/],
    ["says that nothing was found", (each: Asked) => each.answer([]), /No outline was found/],
  ])("%s, and leaves all as it was", async (_, end, sentence) => {
    await offer();
    drag([62, 40], [70, 40]);
    await end(asked[1] as Asked);
    expect(message.mock.lastCall?.[0]).toMatch(sentence);
    expect(editor.overlay().guide).toMatchObject({ polygons: FOUND, inside: [] });
    editor.abandon();
    drag([20, 20], [80, 80]);
    await end(asked[2] as Asked);
    expect(message).toHaveBeenCalledTimes(2);
    expect(editor.state.offer).toBeNull();
  });

  it("says where outlines cannot be looked for", () => {
    editor.outliner = null;
    drag([20, 20], [80, 80]);
    expect(message).toHaveBeenCalledOnce();
    expect(editor.overlay().guide).toBeNull();
  });

  it("adds to the object that is drawn onto", async () => {
    const square: Instance = { id: "sq", class_id: 1, polygons: [[rectangle(100, 20, 140, 60)]] };
    editor.load({ instances: [square] });
    editor.outlines.aimAt("add", "sq");
    await offer();
    editor.confirm();
    expect(editor.document.instances).toHaveLength(1);
    expect(areaOf(editor.document.instances[0]?.polygons ?? [])).toBe(2500);
  });

  it("without a class the outline stays in hand", async () => {
    editor = Object.assign(makeEditor(SIZE, { instances: [] }), { outliner: editor.outliner });
    editor.viewport.setView({ width: 432, height: 232 });
    editor.setTool("box");
    await offer();
    editor.confirm();
    expect(editor.state).toMatchObject({ tool: "draw", draftPoints: 4, offer: null });
  });

  it("a second finger takes back the box and the stroke", async () => {
    press(20, 20);
    moveTo([80, 80]);
    editor.drive((tool) => tool.cancelPress?.(editor));
    expect(editor.overlay().guide).toBeNull();
    await offer();
    press(62, 40);
    moveTo([70, 40]);
    editor.drive((tool) => tool.cancelPress?.(editor));
    expect(editor.overlay().guide).toMatchObject({ polygons: FOUND, inside: [] });
    expect(asked).toHaveLength(1);
  });
});
