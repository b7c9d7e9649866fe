import type { Seen } from "../model/overlay";
import { boxOf } from "../geometry/polygons";
import { type Camera, toScreen } from "../geometry/camera";
import { colorOfInstance, type ShapeStyle } from "../model/style";
import { isIgnored } from "../model/document";
import { traceRings } from "./paint";
import { makeSurface } from "./surface";

const OPACITY = 0.72;
/** Around an object that vanishes, in CSS pixels. */
const RING_PX = 11;

/** Objects as the model sees them: coarse pixels in the colours of their classes, and a ring where one vanishes. */
export class ModelLayer {
  #seen: Seen | null = null;
  #style: ShapeStyle | null = null;
  #bitmap: HTMLCanvasElement | null = null;

  /** With a camera in CSS pixels of the context. */
  draw(context: CanvasRenderingContext2D, seen: Seen, camera: Camera, style: ShapeStyle): void {
    if (!this.#bitmap || seen !== this.#seen || style !== this.#style) {
      this.#bitmap = bitmapOf(seen, style);
      this.#seen = seen;
      this.#style = style;
    }
    const { image, mask, size } = seen;
    paintIgnored(context, seen, camera);
    const { letterbox } = mask;
    // CSS pixels to one of the square that is trained on.
    const x = (camera.scale * image.width) / letterbox.width;
    const y = (camera.scale * image.height) / letterbox.height;
    const side = mask.side * size.maskRatio;
    context.imageSmoothingEnabled = false;
    context.globalAlpha = OPACITY;
    context.drawImage(
      this.#bitmap,
      camera.x - letterbox.left * x,
      camera.y - letterbox.top * y,
      side * x,
      side * y,
    );
    context.globalAlpha = 1;
    drawRings(context, seen, camera, style);
  }
}

/** As versions paint ignore regions out: the grey that Ultralytics puts around images. */
function paintIgnored(context: CanvasRenderingContext2D, { document }: Seen, camera: Camera): void {
  context.fillStyle = "rgb(114, 114, 114)";
  for (const region of document.instances.filter(isIgnored)) {
    context.beginPath();
    for (const polygon of region.polygons) traceRings(context, polygon, camera);
    context.fill("evenodd");
  }
}

/** One pixel for each of the mask. */
function bitmapOf({ mask, objects }: Seen, style: ShapeStyle): HTMLCanvasElement {
  const { side, labels } = mask;
  const { canvas, context } = makeSurface({ width: side, height: side });
  const picture = context.createImageData(side, side);
  const colors = objects.map((each) => parseInt(colorOfInstance(style, each).slice(1), 16));
  labels.forEach((label, i) => {
    if (label === 0) return;
    const color = colors[label - 1] as number;
    picture.data.set([color >> 16, (color >> 8) & 255, color & 255, 255], 4 * i);
  });
  context.putImageData(picture, 0, 0);
  return canvas;
}

function drawRings(
  context: CanvasRenderingContext2D,
  { document, vanished }: Seen,
  camera: Camera,
  style: ShapeStyle,
): void {
  const gone = new Set(vanished);
  for (const instance of document.instances) {
    const { id, polygons } = instance;
    if (!gone.has(id)) continue;
    const box = boxOf(polygons);
    const at = toScreen(camera, { x: (box.minX + box.maxX) / 2, y: (box.minY + box.maxY) / 2 });
    const size = Math.max(box.maxX - box.minX, box.maxY - box.minY) * camera.scale;
    context.beginPath();
    context.arc(at.x, at.y, Math.max(RING_PX, size / 2 + 4), 0, Math.PI * 2);
    context.lineWidth = 5;
    context.strokeStyle = "rgba(10, 14, 15, 0.75)";
    context.stroke();
    context.lineWidth = 2.5;
    context.strokeStyle = colorOfInstance(style, instance);
    context.stroke();
  }
}
