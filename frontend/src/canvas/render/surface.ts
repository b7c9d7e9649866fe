import type { Size } from "../geometry/types";

/** A canvas of its own in device pixels, never shown by itself. */
export function makeSurface(
  { width, height }: Size,
  options?: CanvasRenderingContext2DSettings,
): {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
} {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.ceil(width));
  canvas.height = Math.max(1, Math.ceil(height));
  return { canvas, context: contextOf(canvas, options) };
}

export function contextOf(
  canvas: HTMLCanvasElement,
  options?: CanvasRenderingContext2DSettings,
): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", options);
  if (!context) throw new Error("This browser gives no 2D canvas.");
  return context;
}

/** Fits a shown canvas to its element; true when its size changed (which also clears it). */
export function resizeCanvas(canvas: HTMLCanvasElement, view: Size, pixelRatio: number): boolean {
  const width = Math.max(1, Math.round(view.width * pixelRatio));
  const height = Math.max(1, Math.round(view.height * pixelRatio));
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}
