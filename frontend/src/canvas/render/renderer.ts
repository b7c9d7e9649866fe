import type { PixelSource } from "../assist/pixels";
import type { Stage } from "../stage/stage";
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
  readonly #stage: Stage;
  readonly #image: ImageLayer;
  readonly #shapes: ShapeLayer;
  readonly #overlay: OverlayLayer;
  readonly #stop: () => void;
  #request = 0;
  #overlayIsStale = true;

  constructor(stage: Stage, canvases: Canvases) {
    this.#stage = stage;
    this.#image = new ImageLayer(canvases.image);
    this.#shapes = new ShapeLayer(canvases.shapes, stage.scene, stage.size, stage.look.style);
    this.#overlay = new OverlayLayer(canvases.overlay);
    const stops = [
      stage.events.on("scene", (changes) => {
        const skipped = stage.selection.skipped;
        this.#shapes.invalidate(changes.filter(({ id }) => !skipped.has(id)).map(({ box }) => box));
        this.#schedule();
      }),
      stage.events.on("change", () => {
        this.#shapes.setSkipped(stage.selection.skipped);
        this.#shapes.setStyle(stage.look.style);
        this.#shapes.setShown(this.#showsShapes);
        this.#redrawOverlay();
      }),
      stage.events.on("camera", () => this.#redrawOverlay()),
      stage.events.on("overlay", () => this.#redrawOverlay()),
    ];
    this.#stop = () => stops.forEach((stop) => stop());
    this.#shapes.setSkipped(stage.selection.skipped);
    this.#shapes.setShown(this.#showsShapes);
    stage.pixels = this.#pixels;
  }

  /** What the model sees takes their place. */
  get #showsShapes(): boolean {
    return !this.#stage.selection.allHidden && !this.#stage.state.modelView;
  }

  readonly #pixels: PixelSource = (box, maxSide) => this.#image.read(box, maxSide, this.#stage.size);

  setImage(source: CanvasImageSource | null): void {
    this.#image.setSource(source);
    this.#schedule();
  }

  /** A picture too big to be one bitmap; `setImage` then takes a small copy that is shown first. */
  setTiles(tiles: TileSet | null): void {
    this.#image.setTiles(tiles, this.#stage.size, () => this.#schedule());
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
    this.#stage.viewport.setView(view, moved);
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
    const { size, look, viewport } = this.#stage;
    const { camera } = viewport;
    const imageWantsMore = this.#image.frame(camera, size);
    if (this.#overlayIsStale) {
      this.#overlayIsStale = false;
      this.#overlay.draw(this.#stage.overlay(), camera, look.style);
    }
    const shapesWantMore = this.#shapes.frame(camera, now);
    if (imageWantsMore || shapesWantMore) this.#schedule();
  }

  destroy(): void {
    cancelAnimationFrame(this.#request);
    this.#stop();
    this.#image.destroy();
    this.#shapes.destroy();
    if (this.#stage.pixels === this.#pixels) this.#stage.pixels = null;
  }
}
