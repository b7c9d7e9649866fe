import { type Camera, type Fit, fitAs, fitBox, limited, panned, zoomedAt } from "../geometry/camera";
import type { Box, Point, Size } from "../geometry/types";
import type { Events } from "./events";

/** The part of an image's plane that is seen. */
export class Viewport {
  /** Of the image, in its pixels. */
  readonly size: Size;
  camera: Camera = { scale: 1, x: 0, y: 0 };
  readonly #events: Events;
  #view: Size = { width: 1, height: 1 };
  #fitted: Fit | null = "whole";

  constructor(size: Size, events: Events) {
    this.size = size;
    this.#events = events;
  }

  /** Of the canvas, in CSS pixels. */
  get view(): Size {
    return this.#view;
  }

  /** `moved`: how far the canvas has moved in the window, where the image is to stay in its place there. */
  setView(view: Size, moved: Point | null = null): void {
    this.#view = view;
    if (moved) {
      const { scale, x, y } = this.camera;
      return this.#setCamera(limited({ scale, x: x - moved.x, y: y - moved.y }, this.size, view));
    }
    const fitted = this.#fitted;
    this.#setCamera(fitted ? fitAs(fitted, this.size, view) : limited(this.camera, this.size, view), fitted);
  }

  /** Shows what another view of the same image shows. */
  lookAs(other: Viewport): void {
    this.#view = other.#view;
    this.#setCamera(other.camera, other.#fitted);
  }

  pan(dx: number, dy: number): void {
    this.#setCamera(panned(this.camera, dx, dy, this.size, this.#view));
  }

  zoomAt(at: Point, factor: number): void {
    this.#setCamera(zoomedAt(this.camera, at, factor, this.size, this.#view));
  }

  zoomBy(factor: number): void {
    this.zoomAt({ x: this.#view.width / 2, y: this.#view.height / 2 }, factor);
  }

  /** Stays so when the view changes its size. */
  fit(kind: Fit = "whole"): void {
    this.#setCamera(fitAs(kind, this.size, this.#view), kind);
  }

  zoomToBox(box: Box): void {
    this.#setCamera(fitBox(box, this.size, this.#view));
  }

  #setCamera(camera: Camera, fitted: Fit | null = null): void {
    this.#fitted = fitted;
    if (camera === this.camera) return;
    this.camera = camera;
    this.#events.emit("camera", camera);
  }
}
