/** For tests: an editor, and a hand that works it in image pixels, as the pointer does. */
import type { Editor } from "./editor/editor";
import { makeEditor } from "./make-editor";
import type { Instance } from "./model/document";
import type { PointerInput } from "./model/tools";

type At = readonly [x: number, y: number];
type Modifiers = Partial<PointerInput>;

/** Of an image of 200 × 100 pixels, shown at 200 %, with a class to draw. */
export function editorOf(...instances: readonly Instance[]): Editor {
  const editor = makeEditor({ width: 200, height: 100 }, { instances });
  editor.viewport.setView({ width: 432, height: 232 });
  editor.outlines.chooseClass(5);
  return editor;
}

export function handOn(editorNow: () => Editor) {
  function input([x, y]: At, more: Modifiers = {}): PointerInput {
    const { scale, x: dx, y: dy } = editorNow().viewport.camera;
    const screen = { x: x * scale + dx, y: y * scale + dy };
    return { image: { x, y }, screen, kind: "mouse", shift: false, alt: false, isDouble: false, ...more };
  }

  function hover(x: number, y: number, more?: Modifiers): void {
    const editor = editorNow();
    editor.tool.hover?.(input([x, y], more), editor);
  }

  function press(x: number, y: number, more?: Modifiers): void {
    const editor = editorNow();
    editor.drive((tool) => tool.down?.(input([x, y], more), editor));
  }

  function moveTo(...points: At[]): void {
    moveWith({}, ...points);
  }

  function moveWith(more: Modifiers, ...points: At[]): void {
    const editor = editorNow();
    for (const at of points) {
      const [x, y] = at;
      editor.drive((tool) => tool.move?.(input(at, more), [{ x, y }], editor));
    }
  }

  function lift(x: number, y: number, more?: Modifiers): void {
    const editor = editorNow();
    editor.drive((tool) => tool.up?.(input([x, y], more), editor));
  }

  function click(x: number, y: number, more?: Modifiers): void {
    press(x, y, more);
    lift(x, y, more);
  }

  function clicks(...points: At[]): void {
    for (const [x, y] of points) click(x, y);
  }

  function drag(from: At, to: At, more?: Modifiers): void {
    press(...from, more);
    moveWith(more ?? {}, [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], to);
    lift(...to, more);
  }

  return { hover, press, moveTo, lift, click, clicks, drag };
}
