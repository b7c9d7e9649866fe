import { type RefObject, useEffect, useRef } from "react";
import type { Editor } from "@/canvas/editor/editor";
import { toImage } from "@/canvas/geometry/camera";
import type { Point } from "@/canvas/geometry/types";
import { sizeInHand } from "@/canvas/operations/measure";
import classes from "./options.module.css";

/** Where the pointer is, in image pixels, and how large what is in hand is. Written past React: it changes with every move. */
export function Coordinates({ editor, stage }: { editor: Editor; stage: RefObject<HTMLElement | null> }) {
  const text = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    let at: Point | null = null;
    let request = 0;
    const write = (): void => {
      request = 0;
      if (text.current)
        text.current.textContent = describePlace(editor, at && toImage(editor.viewport.camera, at));
    };
    const schedule = (): void => {
      if (request === 0) request = requestAnimationFrame(write);
    };
    const move = (event: PointerEvent): void => {
      const { left, top } = element.getBoundingClientRect();
      at = { x: event.clientX - left, y: event.clientY - top };
      schedule();
    };
    const leave = (): void => {
      at = null;
      schedule();
    };
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerleave", leave);
    const stops = [
      editor.on("overlay", schedule),
      editor.on("camera", schedule),
      editor.on("change", schedule),
    ];
    return () => {
      cancelAnimationFrame(request);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerleave", leave);
      stops.forEach((stop) => stop());
    };
  }, [editor, stage]);
  return <div ref={text} className={classes.coordinates} aria-hidden />;
}

/** With a decimal where a pixel is large enough on the screen for one to mean something. */
export function describePlace(editor: Editor, pointer: Point | null): string {
  const digits = editor.viewport.camera.scale >= 2 ? 1 : 0;
  const { width, height } = editor.size;
  const isInside = pointer && pointer.x >= 0 && pointer.y >= 0 && pointer.x <= width && pointer.y <= height;
  const size = sizeInHand(editor);
  return [
    isInside ? `${pointer.x.toFixed(digits)}, ${pointer.y.toFixed(digits)}` : "",
    size ? `${size.width.toFixed(digits)} × ${size.height.toFixed(digits)} px` : "",
  ]
    .filter(Boolean)
    .join("  ·  ");
}
