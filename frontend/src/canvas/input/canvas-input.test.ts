import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { CanvasInput, Fingers } from "./canvas-input";

type Kind = "mouse" | "pen" | "touch";

let editor: Editor;
let element: HTMLElement;
let fingers: Fingers;
let input: CanvasInput;

beforeEach(() => {
  editor = makeEditor({ width: 100, height: 100 }, { instances: [] });
  editor.viewport.setView({ width: 132, height: 132 });
  editor.outlines.chooseClass(1);
  element = document.createElement("div");
  element.setPointerCapture = vi.fn();
  document.body.append(element);
  fingers = new Fingers();
  input = new CanvasInput(element, editor, fingers);
});

afterEach(() => {
  input.destroy();
  element.remove();
});

function send(type: string, pointerType: Kind, pointerId: number, x: number, y: number): void {
  const button = type === "pointermove" ? -1 : 0;
  const init = { pointerType, pointerId, clientX: x, clientY: y, button, bubbles: true };
  element.dispatchEvent(new PointerEvent(type, init));
}

function tap(kind: Kind, id: number, x: number, y: number): void {
  send("pointerdown", kind, id, x, y);
  send("pointerup", kind, id, x, y);
}

const points = (): number => editor.draft.points.length / 2;

describe("fingers", () => {
  it("draw where no pen was seen; two of them move and zoom and set no point", () => {
    tap("touch", 1, 30, 30);
    expect(points()).toBe(1);
    const { scale } = editor.viewport.camera;
    send("pointerdown", "touch", 1, 40, 60);
    send("pointerdown", "touch", 2, 60, 60);
    send("pointermove", "touch", 2, 100, 60);
    send("pointerup", "touch", 2, 100, 60);
    send("pointerup", "touch", 1, 40, 60);
    expect(editor.viewport.camera.scale).toBeCloseTo(scale * 3);
    expect(points()).toBe(1);
  });
});

describe("a pen", () => {
  it("draws, and fingers only move the view from then on, on the next image too", () => {
    tap("pen", 1, 30, 30);
    expect(points()).toBe(1);
    input.destroy();
    input = new CanvasInput(element, editor, fingers);
    const { x } = editor.viewport.camera;
    send("pointerdown", "touch", 2, 60, 60);
    send("pointermove", "touch", 2, 70, 60);
    send("pointerup", "touch", 2, 70, 60);
    expect(points()).toBe(1);
    expect(editor.viewport.camera.x).toBe(x + 10);
  });

  it("takes over from a palm that lay there first: what the palm began is gone", () => {
    send("pointerdown", "touch", 7, 100, 100);
    send("pointermove", "touch", 7, 60, 100);
    tap("pen", 1, 30, 30);
    send("pointerup", "touch", 7, 60, 100);
    expect(points()).toBe(1);
    expect(editor.document.instances).toHaveLength(0);
  });

  it("is not disturbed by a palm, nor by two: the view stays, the stroke goes on", () => {
    const { camera } = editor.viewport;
    send("pointerdown", "pen", 1, 30, 30);
    send("pointerdown", "touch", 7, 90, 90);
    send("pointerdown", "touch", 8, 120, 90);
    send("pointermove", "touch", 7, 60, 90);
    for (const [x, y] of [
      [100, 30],
      [100, 100],
      [30, 100],
    ] as const)
      send("pointermove", "pen", 1, x, y);
    send("pointerup", "pen", 1, 30, 100);
    send("pointermove", "touch", 8, 20, 20);
    send("pointerup", "touch", 7, 60, 90);
    send("pointerup", "touch", 8, 20, 20);
    expect(editor.viewport.camera).toEqual(camera);
    expect(editor.document.instances).toHaveLength(1);
  });

  it("that only hovers is seen as well", () => {
    send("pointermove", "pen", 1, 30, 30);
    tap("touch", 2, 60, 60);
    expect(points()).toBe(0);
  });
});

it("the right button asks for the menu, and no mouse event follows that would close it", () => {
  editor.outlines.create([[[20, 20, 60, 20, 60, 60, 20, 60]]]);
  const asked = vi.fn();
  editor.on("menu", asked);
  const at = { clientX: 56, clientY: 56, button: 2 };
  const press = new PointerEvent("pointerdown", {
    ...at,
    pointerType: "mouse",
    bubbles: true,
    cancelable: true,
  });
  element.dispatchEvent(press);
  expect(asked).toHaveBeenCalledOnce();
  expect(press.defaultPrevented).toBe(true);
});
