import type { PixelSource } from "../assist/pixels";
import type { Editor } from "../editor/editor";
import { ImageLayer } from "./image-layer";
import { OverlayLayer } from "./overlay-layer";
import { ShapeLayer } from "./shape-layer";
import type { Point, Size } from "../geometry/types";
import type { TileSet } from "./tile-set";

export type Canvases = {
  readonly image: HTMLCanvasElement;
  readonly shapes: HTMLCanvasElement;
  readonly overlay: HTMLCanvasElement;
};

/** Beyond this a display's extra pixels cost more than they show. */
const MAX_RATIO = 2;

/** Three canvases, one camera, at most one drawing per animation frame, and none while nothing changes. */
export class Renderer {
  readonly #editor: Editor;
  readonly #image: ImageLayer;
  readonly #shapes: ShapeLayer;
  readonly #overlay: OverlayLayer;
  readonly #stop: () => void;
  #request = 0;
  #overlayIsStale = true;

  constructor(editor: Editor, canvases: Canvases) {
    this.#editor = editor;
    this.#image = new ImageLayer(canvases.image);
    this.#shapes = new ShapeLayer(canvases.shapes, editor.scene, editor.size, editor.style);
    this.#overlay = new OverlayLayer(canvases.overlay);
    const stops = [
      editor.on("scene", (changes) => {
        const skipped = editor.skipped;
        this.#shapes.invalidate(changes.filter(({ id }) => !skipped.has(id)).map(({ box }) => box));
        this.#schedule();
      }),
      editor.on("change", () => {
        this.#shapes.setSkipped(editor.skipped);
        this.#shapes.setStyle(editor.style);
        this.#shapes.setShown(this.#showsShapes);
        this.#redrawOverlay();
      }),
      editor.on("camera", () => this.#redrawOverlay()),
      editor.on("overlay", () => this.#redrawOverlay()),
    ];
    this.#stop = () => stops.forEach((stop) => stop());
    this.#shapes.setSkipped(editor.skipped);
    this.#shapes.setShown(this.#showsShapes);
    editor.pixels = this.#pixels;
  }

  /** What the model sees takes their place. */
  get #showsShapes(): boolean {
    return !this.#editor.allHidden && !this.#editor.state.modelView;
  }

  readonly #pixels: PixelSource = (box, maxSide) => this.#image.read(box, maxSide, this.#editor.size);

  setImage(source: CanvasImageSource | null): void {
    this.#image.setSource(source);
    this.#schedule();
  }

  /** A picture too big to be one bitmap; `setImage` then takes a small copy that is shown first. */
  setTiles(tiles: TileSet | null): void {
    this.#image.setTiles(tiles, this.#editor.size, () => this.#schedule());
    this.#schedule();
  }

  /** The colours around the image have changed. */
  recolor(): void {
    this.#image.invalidate();
    this.#schedule();
  }

  /** `moved`: how far the canvas itself has moved in the window, where the image is to stay in its place there. */
  resize(view: Size, pixelRatio: number, moved: Point | null = null): void {
    const ratio = Math.min(MAX_RATIO, pixelRatio);
    this.#editor.setView(view, moved);
    for (const layer of [this.#image, this.#shapes, this.#overlay]) layer.resize(view, ratio);
    cancelAnimationFrame(this.#request);
    this.#request = 0;
    this.#overlayIsStale = true;
    // At once: a resized canvas is empty, and an empty frame would flash.
    this.#frame(performance.now());
  }

  #redrawOverlay(): void {
    this.#overlayIsStale = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#request === 0) this.#request = requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now: number): void {
    this.#request = 0;
    const { camera, size, style } = this.#editor;
    const imageWantsMore = this.#image.frame(camera, size);
    if (this.#overlayIsStale) {
      this.#overlayIsStale = false;
      this.#overlay.draw(this.#editor.overlay(), camera, style);
    }
    const shapesWantMore = this.#shapes.frame(camera, now);
    if (imageWantsMore || shapesWantMore) this.#schedule();
  }

  destroy(): void {
    cancelAnimationFrame(this.#request);
    this.#stop();
    this.#image.destroy();
    this.#shapes.destroy();
    if (this.#editor.pixels === this.#pixels) this.#editor.pixels = null;
  }
}
