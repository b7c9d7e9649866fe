import { type Camera, visibleBox } from "../geometry/camera";
import { grownBox } from "../geometry/polygons";
import type { Box, Size } from "../geometry/types";
import { borrowSurface, giveBackSurface, makeSurface, type Surface } from "./surface";

const TILE_PX = 256;
/** Outlines reach past the objects' boxes by about this much. */
const BLEED_PX = 3;

/** Draws what meets a box of the image into a context through a camera in device pixels. */
export type PaintTile = (context: CanvasRenderingContext2D, box: Box, camera: Camera) => void;

const scratch: { surface?: Surface } = {};

/**
 * A bitmap of the committed objects at one camera (device pixels), made and mended tile by tile, so that no frame pays
 * for more than it can afford.
 */
export class TileBuffer {
  readonly camera: Camera;
  readonly size: Size;
  readonly #surface: Surface;
  readonly #columns: number;
  readonly #stale = new Set<number>();

  constructor(camera: Camera, size: Size) {
    this.camera = camera;
    this.size = size;
    this.#surface = borrowSurface(size);
    this.#columns = Math.ceil(size.width / TILE_PX);
    const count = this.#columns * Math.ceil(size.height / TILE_PX);
    for (const tile of centreOut(count, this.#columns)) this.#stale.add(tile);
  }

  get canvas(): HTMLCanvasElement {
    return this.#surface.canvas;
  }

  /** It is done with. */
  release(): void {
    giveBackSurface(this.#surface);
  }

  get isComplete(): boolean {
    return this.#stale.size === 0;
  }

  /** The part of the image's plane that this bitmap covers. */
  get box(): Box {
    return visibleBox(this.camera, this.size);
  }

  invalidateAll(): void {
    for (const tile of centreOut(this.#columns * Math.ceil(this.size.height / TILE_PX), this.#columns)) {
      this.#stale.add(tile);
    }
  }

  invalidate(box: Box): void {
    const { scale, x, y } = this.camera;
    const first = (value: number): number => Math.max(0, Math.floor((value - BLEED_PX) / TILE_PX));
    const rows = Math.ceil(this.size.height / TILE_PX);
    const lastColumn = Math.min(this.#columns - 1, Math.floor((box.maxX * scale + x + BLEED_PX) / TILE_PX));
    const lastRow = Math.min(rows - 1, Math.floor((box.maxY * scale + y + BLEED_PX) / TILE_PX));
    for (let row = first(box.minY * scale + y); row <= lastRow; row++) {
      for (let column = first(box.minX * scale + x); column <= lastColumn; column++) {
        this.#stale.add(row * this.#columns + column);
      }
    }
  }

  /** Takes over what another bitmap of the same scale already shows; the rest stays to be painted. */
  adopt(other: TileBuffer): void {
    const dx = Math.round(this.camera.x - other.camera.x);
    const dy = Math.round(this.camera.y - other.camera.y);
    this.#surface.context.drawImage(other.canvas, dx, dy);
    for (const tile of [...this.#stale]) {
      const left = (tile % this.#columns) * TILE_PX;
      const top = Math.floor(tile / this.#columns) * TILE_PX;
      const right = Math.min(left + TILE_PX, this.size.width);
      const bottom = Math.min(top + TILE_PX, this.size.height);
      const covered =
        left >= dx && top >= dy && right <= dx + other.size.width && bottom <= dy + other.size.height;
      if (covered) this.#stale.delete(tile);
    }
    for (const tile of other.#stale) {
      const left = (tile % other.#columns) * TILE_PX;
      const top = Math.floor(tile / other.#columns) * TILE_PX;
      const { scale, x, y } = other.camera;
      this.invalidate({
        minX: (left - x) / scale,
        minY: (top - y) / scale,
        maxX: (left + TILE_PX - x) / scale,
        maxY: (top + TILE_PX - y) / scale,
      });
    }
  }

  /** Paints stale tiles until `hasTime` says no; at least one, so that it always ends. */
  paint(paintTile: PaintTile, hasTime: () => boolean): void {
    for (const tile of this.#stale) {
      this.#stale.delete(tile);
      this.#paintTile(tile, paintTile);
      if (!hasTime()) return;
    }
  }

  #paintTile(tile: number, paintTile: PaintTile): void {
    const left = (tile % this.#columns) * TILE_PX;
    const top = Math.floor(tile / this.#columns) * TILE_PX;
    scratch.surface ??= makeSurface({ width: TILE_PX, height: TILE_PX });
    const { canvas, context } = scratch.surface;
    const camera = { ...this.camera, x: this.camera.x - left, y: this.camera.y - top };
    const tileSize = { width: TILE_PX, height: TILE_PX };
    context.clearRect(0, 0, TILE_PX, TILE_PX);
    paintTile(context, grownBox(visibleBox(camera, tileSize), BLEED_PX / camera.scale), camera);
    this.#surface.context.clearRect(left, top, TILE_PX, TILE_PX);
    // Drawing one canvas on another makes the browser rasterise now, so the time it takes is counted now.
    this.#surface.context.drawImage(canvas, left, top);
  }
}

/** Tile numbers from the middle outwards: what the person looks at comes first. */
function centreOut(count: number, columns: number): number[] {
  const rows = Math.ceil(count / columns);
  const away = (tile: number): number =>
    Math.hypot((tile % columns) - (columns - 1) / 2, Math.floor(tile / columns) - (rows - 1) / 2);
  return Array.from({ length: count }, (_, tile) => tile).sort((a, b) => away(a) - away(b));
}
