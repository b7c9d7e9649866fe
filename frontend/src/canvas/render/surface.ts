import type { Size } from "../geometry/types";

export type Surface = { readonly canvas: HTMLCanvasElement; readonly context: CanvasRenderingContext2D };

const whole = (length: number): number => Math.max(1, Math.ceil(length));

/** A canvas of its own in device pixels, never shown by itself. */
export function makeSurface({ width, height }: Size, options?: CanvasRenderingContext2DSettings): Surface {
  const canvas = document.createElement("canvas");
  canvas.width = whole(width);
  canvas.height = whole(height);
  return { canvas, context: contextOf(canvas, options) };
}

/** The first stroke on a large new surface costs a browser more than all the others: some are kept to be used again. */
const spares: Surface[] = [];
const MOST_SPARES = 3;

/** An empty surface, to be given back. */
export function borrowSurface(size: Size): Surface {
  const [width, height] = [whole(size.width), whole(size.height)];
  const index = spares.findIndex(({ canvas }) => canvas.width === width && canvas.height === height);
  const [spare] = index < 0 ? [] : spares.splice(index, 1);
  if (!spare) return makeSurface(size);
  spare.context.clearRect(0, 0, width, height);
  return spare;
}

/** Nobody may draw on it, or show it, from here on. */
export function giveBackSurface(surface: Surface): void {
  spares.unshift(surface);
  spares.splice(MOST_SPARES);
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
