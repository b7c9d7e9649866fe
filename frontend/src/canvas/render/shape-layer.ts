import type { Camera } from "../geometry/camera";
import { unionOfBoxes } from "../geometry/polygons";
import type { Box, Size } from "../geometry/types";
import type { Scene } from "../scene/scene";
import { LabelLayer } from "./labels";
import { paintShapes } from "./paint";
import type { ShapeStyle } from "../model/style";
import { contextOf, resizeCanvas } from "./surface";
import { type PaintTile, TileBuffer } from "./tile-buffer";

/** CSS pixels painted beyond the view on each side, so that a pan uncovers what is already there. */
const MARGIN = 160;
/** A zoom counts as finished when the scale has rested this long. */
const SETTLE_MS = 90;
/** What painting may take of a frame, while a gesture runs and while nothing moves. */
const BUSY_BUDGET_MS = 3;
const IDLE_BUDGET_MS = 7;

/**
 * The committed objects. Shown from a bitmap painted at some earlier camera (`front`), moved and scaled to the present
 * one; a sharp successor (`back`) is painted in slices and takes its place. What `front` does not reach is filled from
 * `overview`, a bitmap of the whole image.
 */
export class ShapeLayer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #scene: Scene;
  readonly #image: Size;
  #ratio = 1;
  #style: ShapeStyle;
  #skip: ReadonlySet<string> = new Set();
  #camera: Camera = { scale: 1, x: 0, y: 0 };
  #scaleSince = 0;
  #movedSince = 0;
  readonly #labels: LabelLayer;
  #front: TileBuffer | null = null;
  #back: TileBuffer | null = null;
  #overview: TileBuffer | null = null;
  #shown = true;
  #needsBlit = true;

  constructor(canvas: HTMLCanvasElement, scene: Scene, image: Size, style: ShapeStyle) {
    this.#canvas = canvas;
    this.#context = contextOf(canvas);
    this.#scene = scene;
    this.#labels = new LabelLayer(scene);
    this.#image = image;
    this.#style = style;
  }

  resize(view: Size, pixelRatio: number): void {
    resizeCanvas(this.#canvas, view, pixelRatio);
    this.#ratio = pixelRatio;
    this.destroy();
    this.#needsBlit = true;
  }

  /** Gives its bitmaps back; the next frame would make new ones. */
  destroy(): void {
    for (const buffer of [this.#front, this.#back, this.#overview]) buffer?.release();
    this.#front = null;
    this.#back = null;
    this.#overview = null;
  }

  setStyle(style: ShapeStyle): void {
    if (style === this.#style) return;
    this.#style = style;
    this.#labels.invalidate();
    this.#needsBlit = true;
    this.#invalidateAll();
  }

  setShown(shown: boolean): void {
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#needsBlit = true;
  }

  /** Ids that this layer leaves out: hidden ones, and those in hand, which the overlay draws. */
  setSkipped(skip: ReadonlySet<string>): void {
    for (const id of skip) if (!this.#skip.has(id)) this.#invalidateItem(id);
    for (const id of this.#skip) if (!skip.has(id)) this.#invalidateItem(id);
    if (skip !== this.#skip) this.#labels.invalidate();
    this.#skip = skip;
  }

  #invalidateItem(id: string): void {
    const item = this.#scene.item(id);
    if (item) this.invalidate([item]);
  }

  invalidate(boxes: readonly Box[]): void {
    this.#labels.invalidate();
    // Many boxes (a paste, an undo of it) are cheaper as everything than one by one.
    const merged = boxes.length > 200 ? [boxes.reduce(unionOfBoxes)] : boxes;
    for (const buffer of [this.#front, this.#back, this.#overview]) {
      for (const box of merged) buffer?.invalidate(box);
    }
  }

  #invalidateAll(): void {
    for (const buffer of [this.#front, this.#back, this.#overview]) buffer?.invalidateAll();
  }

  /** Shows the camera's view, then paints what time allows. True while there is more to paint. */
  frame(camera: Camera, now: number): boolean {
    const scaleMoved = camera.scale !== this.#camera.scale;
    const moved = scaleMoved || camera.x !== this.#camera.x || camera.y !== this.#camera.y;
    if (scaleMoved) this.#scaleSince = now;
    if (moved) {
      this.#movedSince = now;
      this.#labels.invalidate();
    }
    this.#camera = camera;
    this.#front ??= this.#newBuffer();
    if (moved || this.#needsBlit) this.#blit();
    if (!this.#shown) return false;
    const budget = moved ? BUSY_BUDGET_MS : IDLE_BUDGET_MS;
    const end = performance.now() + budget;
    return this.#paint(now, () => performance.now() < end);
  }

  #paint(now: number, hasTime: () => boolean): boolean {
    const front = this.#front;
    if (!front) return false;
    if (!front.isComplete) {
      front.paint(this.#paintTile, hasTime);
      this.#needsBlit = true;
      return true;
    }
    if (this.#isOutdated(front)) {
      const resting = now - this.#scaleSince >= SETTLE_MS;
      if (!resting) return true;
      if (!this.#back || this.#isOutdated(this.#back)) {
        this.#back?.release();
        this.#back = this.#successorOf(front);
      }
      this.#back.paint(this.#paintTile, hasTime);
      if (this.#back.isComplete) {
        front.release();
        this.#front = this.#back;
        this.#back = null;
        this.#needsBlit = true;
      }
      return true;
    }
    this.#overview ??= this.#newOverview();
    if (!this.#overview.isComplete) {
      this.#overview.paint(this.#paintTile, hasTime);
      return true;
    }
    return this.#chooseLabels(now) || this.#needsBlit;
  }

  /** When all is painted and the view rests. True while there is more to come. */
  #chooseLabels(now: number): boolean {
    if (!this.#style.labels || !this.#labels.isStale) return false;
    if (now - this.#movedSince >= SETTLE_MS) {
      this.#labels.choose(this.#deviceCamera(), this.#canvas, this.#ratio, this.#style, this.#skip);
      this.#needsBlit = true;
    }
    return true;
  }

  readonly #paintTile: PaintTile = (context, box, camera) => {
    const items = this.#scene.search(box).filter((item) => !this.#skip.has(item.id));
    paintShapes(context, items, camera, this.#style, this.#ratio);
  };

  /** Another scale, or the view has come near the edge of what was painted. */
  #isOutdated(buffer: TileBuffer): boolean {
    const device = this.#deviceCamera();
    if (Math.abs(buffer.camera.scale / device.scale - 1) > 1e-9) return true;
    const left = device.x - buffer.camera.x;
    const top = device.y - buffer.camera.y;
    const slack = (MARGIN * this.#ratio) / 4;
    const reach = {
      width: buffer.size.width - this.#canvas.width - slack,
      height: buffer.size.height - this.#canvas.height - slack,
    };
    return -left < slack || -top < slack || -left > reach.width || -top > reach.height;
  }

  #deviceCamera(): Camera {
    const { scale, x, y } = this.#camera;
    return { scale: scale * this.#ratio, x: x * this.#ratio, y: y * this.#ratio };
  }

  #newBuffer(): TileBuffer {
    const device = this.#deviceCamera();
    const margin = Math.round(MARGIN * this.#ratio);
    return new TileBuffer(
      { scale: device.scale, x: device.x + margin, y: device.y + margin },
      { width: this.#canvas.width + 2 * margin, height: this.#canvas.height + 2 * margin },
    );
  }

  #successorOf(front: TileBuffer): TileBuffer {
    const fresh = this.#newBuffer();
    if (fresh.camera.scale !== front.camera.scale) return fresh;
    fresh.release();
    // Same scale: whole device pixels apart, so that what is painted can be copied.
    const aligned = new TileBuffer(
      {
        scale: front.camera.scale,
        x: front.camera.x + Math.round(fresh.camera.x - front.camera.x),
        y: front.camera.y + Math.round(fresh.camera.y - front.camera.y),
      },
      fresh.size,
    );
    aligned.adopt(front);
    return aligned;
  }

  #newOverview(): TileBuffer {
    const room = Math.max(this.#canvas.width, this.#canvas.height);
    const scale = Math.min(1, room / Math.max(this.#image.width, this.#image.height));
    return new TileBuffer(
      { scale, x: 2, y: 2 },
      { width: this.#image.width * scale + 4, height: this.#image.height * scale + 4 },
    );
  }

  #blit(): void {
    this.#needsBlit = false;
    const context = this.#context;
    const { width, height } = this.#canvas;
    context.clearRect(0, 0, width, height);
    const front = this.#front;
    if (!this.#shown || !front) return;
    const place = this.#placeOf(front);
    const [x, y, w, h] = place;
    const missing = this.#overview?.isComplete ? this.#beyond(x, y, x + w, y + h) : [];
    // While the scale moves, nearest pixels: half the cost of smoothing, and sharp again a moment later.
    context.imageSmoothingEnabled = false;
    for (const [left, top, right, bottom] of missing) {
      context.save();
      context.beginPath();
      context.rect(left, top, right - left, bottom - top);
      context.clip();
      if (this.#overview) context.drawImage(this.#overview.canvas, ...this.#placeOf(this.#overview));
      context.restore();
    }
    context.drawImage(front.canvas, ...place);
    if (this.#style.labels) this.#labels.draw(context, this.#deviceCamera(), this.#canvas, this.#ratio);
  }

  /** Up to four rectangles of the shown part of the image that lie outside the given one, on whole pixels. */
  #beyond(x0: number, y0: number, x1: number, y1: number): [number, number, number, number][] {
    const { scale, x, y } = this.#deviceCamera();
    const left = Math.floor(Math.max(0, x));
    const top = Math.floor(Math.max(0, y));
    const right = Math.ceil(Math.min(this.#canvas.width, x + this.#image.width * scale));
    const bottom = Math.ceil(Math.min(this.#canvas.height, y + this.#image.height * scale));
    const [ix0, iy0, ix1, iy1] = [Math.ceil(x0), Math.ceil(y0), Math.floor(x1), Math.floor(y1)];
    const rects: [number, number, number, number][] = [
      [left, top, right, Math.min(bottom, iy0)],
      [left, Math.max(top, iy1), right, bottom],
      [left, Math.max(top, iy0), Math.min(right, ix0), Math.min(bottom, iy1)],
      [Math.max(left, ix1), Math.max(top, iy0), right, Math.min(bottom, iy1)],
    ];
    return rects.filter(([l, t, r, b]) => l < r && t < b);
  }

  /** Where a bitmap lies on the canvas now; on whole pixels when it is shown 1:1. */
  #placeOf(buffer: TileBuffer): [number, number, number, number] {
    const device = this.#deviceCamera();
    const ratio = device.scale / buffer.camera.scale;
    const x = device.x - buffer.camera.x * ratio;
    const y = device.y - buffer.camera.y * ratio;
    if (Math.abs(ratio - 1) < 1e-9)
      return [Math.round(x), Math.round(y), buffer.size.width, buffer.size.height];
    return [x, y, buffer.size.width * ratio, buffer.size.height * ratio];
  }
}
