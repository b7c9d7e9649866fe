import { type Camera, sameCamera } from "../geometry/camera";
import type { Pixels } from "../assist/pixels";
import type { Box, Size } from "../geometry/types";
import { TilePyramid } from "./tile-pyramid";
import type { TileSet } from "./tile-set";
import { contextOf, makeSurface, resizeCanvas } from "./surface";

/** From this many device pixels to one of the image on, pixels are shown as squares. */
const CRISP_FROM = 2;

/** The photograph. Drawn anew only when the camera or the picture changes. */
export class ImageLayer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #source: CanvasImageSource | null = null;
  #tiles: TilePyramid | null = null;
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

  /** Drawn over the source, which then is only a small copy; `onArrival`: there is more to draw. */
  setTiles(tiles: TileSet | null, image: Size, onArrival: () => void): void {
    this.#tiles?.destroy();
    const arrived = (): void => {
      this.#isRefined = false;
      onArrival();
    };
    this.#tiles = tiles && new TilePyramid(tiles, image, arrived);
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
    const { scale, x, y } = camera;
    const ratio = this.#ratio;
    const device = { scale: scale * ratio, x: x * ratio, y: y * ratio };
    this.#tiles?.fetch(device, this.#canvas);
    this.#paint(context, device, image, quality);
  }

  /** With a camera in pixels of the context. */
  #paint(
    context: CanvasRenderingContext2D,
    { scale, x, y }: Camera,
    image: Size,
    quality: ImageSmoothingQuality,
  ): void {
    context.imageSmoothingEnabled = scale < CRISP_FROM;
    context.imageSmoothingQuality = quality;
    if (this.#source) context.drawImage(this.#source, x, y, image.width * scale, image.height * scale);
    this.#tiles?.paint(context, { scale, x, y }, context.canvas);
  }

  destroy(): void {
    this.#tiles?.destroy();
  }

  /** The photograph's own pixels, as it was taken whatever filter lies on it; null before it is there. */
  read(box: Box, maxSide: number, image: Size): Pixels | null {
    if (!this.#source && !this.#tiles) return null;
    const longest = Math.max(box.maxX - box.minX, box.maxY - box.minY);
    const scale = Math.min(1, maxSide / longest);
    const width = Math.max(1, Math.floor((box.maxX - box.minX) * scale));
    const height = Math.max(1, Math.floor((box.maxY - box.minY) * scale));
    const { context } = makeSurface({ width, height }, { willReadFrequently: true });
    this.#paint(context, { scale, x: -box.minX * scale, y: -box.minY * scale }, image, "high");
    const { data } = context.getImageData(0, 0, width, height);
    const covered = { ...box, maxX: box.minX + width / scale, maxY: box.minY + height / scale };
    return { box: covered, width, height, data };
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
