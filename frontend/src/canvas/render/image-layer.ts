import { type Camera, sameCamera } from "../geometry/camera";
import type { Size } from "../geometry/types";
import { contextOf, resizeCanvas } from "./surface";

/** From this many device pixels to one of the image on, pixels are shown as squares. */
const CRISP_FROM = 2;

/** The photograph. Drawn anew only when the camera or the picture changes. */
export class ImageLayer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #source: CanvasImageSource | null = null;
  #ratio = 1;
  #drawn: Camera | null = null;
  #isRefined = false;
  #background = "#000";

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    // Opaque: the browser need not blend it with what lies behind.
    this.#context = contextOf(canvas, { alpha: false });
  }

  setSource(source: CanvasImageSource | null): void {
    this.#source = source;
    this.#drawn = null;
  }

  /** Another colour scheme, say. */
  invalidate(): void {
    this.#drawn = null;
  }

  resize(view: Size, pixelRatio: number): void {
    resizeCanvas(this.#canvas, view, pixelRatio);
    this.#ratio = pixelRatio;
    this.#drawn = null;
  }

  /** True when a better drawing is still due, once the camera rests. */
  frame(camera: Camera, image: Size): boolean {
    const moved = !this.#drawn || !sameCamera(this.#drawn, camera);
    if (!moved && this.#isRefined) return false;
    if (!moved || !this.#drawn) this.#background = backgroundOf(this.#canvas);
    this.#draw(camera, image, moved ? "low" : "high");
    this.#isRefined = !moved;
    this.#drawn = camera;
    return !this.#isRefined;
  }

  #draw(camera: Camera, image: Size, quality: ImageSmoothingQuality): void {
    const context = this.#context;
    context.fillStyle = this.#background;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (!this.#source) return;
    const scale = camera.scale * this.#ratio;
    context.imageSmoothingEnabled = scale < CRISP_FROM;
    context.imageSmoothingQuality = quality;
    context.drawImage(
      this.#source,
      camera.x * this.#ratio,
      camera.y * this.#ratio,
      image.width * scale,
      image.height * scale,
    );
  }
}

/** What the page shows around the image: the nearest colour behind the canvas. */
function backgroundOf(canvas: HTMLCanvasElement): string {
  for (let element = canvas.parentElement; element; element = element.parentElement) {
    const color = getComputedStyle(element).backgroundColor;
    if (color && color !== "transparent" && color !== "rgba(0, 0, 0, 0)") return color;
  }
  return "#000";
}
