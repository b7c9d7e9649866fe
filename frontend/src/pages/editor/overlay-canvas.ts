import { type RefObject, useEffect } from "react";
import type { Editor } from "@/canvas/editor/editor";
import { contextOf, resizeCanvas } from "@/canvas/render/surface";

/** Beyond this a display's extra pixels cost more than they show. */
const MAX_RATIO = 2;

/** Draws over the canvases of an editor: again whenever its camera, its size or `draw` changes. */
export function useOverlayCanvas(
  ref: RefObject<HTMLCanvasElement | null>,
  editor: Editor,
  draw: (context: CanvasRenderingContext2D, editor: Editor, ratio: number) => void,
): void {
  useEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    const context = contextOf(canvas);
    let request = 0;
    const paint = (): void => {
      request = 0;
      const ratio = Math.min(MAX_RATIO, window.devicePixelRatio);
      const view = { width: canvas.clientWidth, height: canvas.clientHeight };
      if (!resizeCanvas(canvas, view, ratio)) context.clearRect(0, 0, canvas.width, canvas.height);
      draw(context, editor, ratio);
    };
    const schedule = (): void => {
      if (request === 0) request = requestAnimationFrame(paint);
    };
    const stop = editor.on("camera", schedule);
    const observer = new ResizeObserver(schedule);
    observer.observe(canvas);
    paint();
    return () => {
      cancelAnimationFrame(request);
      observer.disconnect();
      stop();
    };
  }, [ref, editor, draw]);
}
