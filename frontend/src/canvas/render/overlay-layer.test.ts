import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { OverlayLayer } from "./overlay-layer";
import { Renderer } from "./renderer";
import { recordingCanvas } from "./testing";

const SIZE = { width: 200, height: 100 };
const SQUARE = { id: "sq", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };

function editorOf(...instances: (typeof SQUARE)[]): Editor {
  const editor = makeEditor(SIZE, { instances });
  editor.setTool("select");
  return editor;
}

beforeEach(() => {
  vi.stubGlobal("requestAnimationFrame", () => 1);
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
  // Bitmaps that no page shows; happy-dom has no pixels.
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(() =>
    recordingCanvas().canvas.getContext("2d"),
  );
});

/** What a canvas shows of earlier drawings: nothing once it was cleared (or filled) whole. */
function isWiped(calls: readonly string[]): boolean {
  return calls.includes("clearRect") || calls.includes("fillRect");
}

describe("another image on the same canvases, the camera and the size as before", () => {
  it.each([
    ["an object that was selected", (editor: Editor) => editor.selection.select(["sq"])],
    ["an unfinished outline", (editor: Editor) => editor.resumeDraft([10, 10, 50, 10, 50, 50])],
    [
      "the trace of a gesture",
      (editor: Editor) => editor.pointing.setGuide({ kind: "cut", points: [1, 1, 9, 9] }),
    ],
    ["what the model sees", (editor: Editor) => editor.options.set({ modelView: true })],
  ])("nothing is left of %s, in any layer", (_, hold) => {
    const canvases = { image: recordingCanvas(), shapes: recordingCanvas(), overlay: recordingCanvas() };
    const shown = {
      image: canvases.image.canvas,
      shapes: canvases.shapes.canvas,
      overlay: canvases.overlay.canvas,
    };
    const first = editorOf(SQUARE);
    hold(first);
    const before = new Renderer(first, shown);
    before.resize({ width: 432, height: 232 }, 1);
    before.destroy();
    for (const { calls } of Object.values(canvases)) calls.length = 0;

    new Renderer(editorOf(), shown).resize({ width: 432, height: 232 }, 1);
    for (const [name, { calls }] of Object.entries(canvases))
      expect([name, isWiped(calls)]).toEqual([name, true]);
    const drawn = canvases.overlay.calls.filter((call) => call === "stroke" || call === "fill");
    expect(drawn).toEqual([]);
  });

  it("an untouched overlay costs nothing from the second frame on", () => {
    const { canvas, calls } = recordingCanvas();
    const layer = new OverlayLayer(canvas);
    const editor = editorOf();
    layer.draw(editor.overlay(), editor.viewport.camera, editor.look.style);
    calls.length = 0;
    layer.draw(editor.overlay(), editor.viewport.camera, editor.look.style);
    expect(calls).toEqual([]);
  });
});
