import type { Camera } from "../geometry/camera";
import { grownBox } from "../geometry/polygons";
import type { Box, Size } from "../geometry/types";
import { TileCache } from "./tile-cache";
import { TileGrid, type TileRef, type TileSet } from "./tile-set";

/** Device pixels around the view whose tiles are fetched too, after those that are seen. */
const AHEAD = 192;

/** A big picture of which only the tiles that are seen are fetched and drawn, coarser ones until the sharp ones come. */
export class TilePyramid {
  readonly #grid: TileGrid;
  readonly #cache: TileCache;

  constructor(set: TileSet, image: Size, onArrival: () => void, budgetBytes?: number) {
    this.#grid = new TileGrid(set, image);
    const levelOf = (index: number): number => this.#grid.levels[index]?.level ?? index;
    this.#cache = new TileCache(set, levelOf, onArrival, budgetBytes);
  }

  /** Draws what is there of the image's part that the context shows; the camera in pixels of the context. */
  paint(context: CanvasRenderingContext2D, camera: Camera, view: Size): void {
    const seen = boxSeen(camera, view);
    for (const ref of this.#grid.meeting(this.#grid.indexFor(camera.scale), seen)) {
      this.#paintTile(context, ref, camera);
    }
  }

  /** Fetches what a view lacks, and calls off what it does not need. */
  fetch(camera: Camera, view: Size): void {
    const index = this.#grid.indexFor(camera.scale);
    const seen = boxSeen(camera, view);
    const near = this.#grid.meeting(index, grownBox(seen, AHEAD / camera.scale));
    const isSeen = (ref: TileRef): boolean => {
      const box = this.#grid.boxOf(ref);
      return box.minX < seen.maxX && seen.minX < box.maxX && box.minY < seen.maxY && seen.minY < box.maxY;
    };
    const base = { index: this.#grid.base, column: 0, row: 0 };
    this.#cache.want([base, ...near.filter(isSeen), ...near.filter((ref) => !isSeen(ref))]);
  }

  /** The tile, or the part of a coarser one that lies under it. */
  #paintTile(context: CanvasRenderingContext2D, ref: TileRef, camera: Camera): void {
    const box = this.#grid.boxOf(ref);
    for (let from: TileRef | null = ref; from; from = this.#grid.parentOf(from)) {
      const bitmap = this.#cache.get(from);
      if (!bitmap) continue;
      const whole = this.#grid.boxOf(from);
      const sx = bitmap.width / (whole.maxX - whole.minX);
      const sy = bitmap.height / (whole.maxY - whole.minY);
      // On whole pixels, so that no seam shows between neighbours.
      const left = Math.round(box.minX * camera.scale + camera.x);
      const top = Math.round(box.minY * camera.scale + camera.y);
      const right = Math.round(box.maxX * camera.scale + camera.x);
      const bottom = Math.round(box.maxY * camera.scale + camera.y);
      context.drawImage(
        bitmap,
        (box.minX - whole.minX) * sx,
        (box.minY - whole.minY) * sy,
        (box.maxX - box.minX) * sx,
        (box.maxY - box.minY) * sy,
        left,
        top,
        right - left,
        bottom - top,
      );
      return;
    }
  }

  destroy(): void {
    this.#cache.destroy();
  }
}

function boxSeen({ scale, x, y }: Camera, { width, height }: Size): Box {
  return { minX: -x / scale, minY: -y / scale, maxX: (width - x) / scale, maxY: (height - y) / scale };
}
