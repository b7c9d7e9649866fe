import type { Box, Size } from "../geometry/types";

/** One size of a big picture that was cut into tiles. */
export type TileLevel = { readonly level: number; readonly width: number; readonly height: number };

/** A big picture as its server has cut it: each level about half the size of the next, the last the picture itself. */
export type TileSet = {
  readonly levels: readonly TileLevel[];
  /** Side of a tile; those at the right and at the bottom may be smaller. */
  readonly tileSize: number;
  readonly load: (level: number, column: number, row: number, signal: AbortSignal) => Promise<ImageBitmap>;
};

/** Where one tile stands. `index`: of its level, the smallest picture being 0. */
export type TileRef = { readonly index: number; readonly column: number; readonly row: number };

export function keyOf({ index, column, row }: TileRef): string {
  return `${index}/${column}/${row}`;
}

/** The levels of a picture as a plane of its own pixels. */
export class TileGrid {
  readonly levels: readonly TileLevel[];
  readonly #image: Size;
  readonly #tileSize: number;

  constructor({ levels, tileSize }: TileSet, image: Size) {
    this.levels = [...levels].sort((a, b) => a.width - b.width);
    this.#image = image;
    this.#tileSize = tileSize;
  }

  /** The largest level that is one tile: what is shown until anything better has come. */
  get base(): number {
    const last = this.levels.findLastIndex(({ width, height }) => Math.max(width, height) <= this.#tileSize);
    return Math.max(0, last);
  }

  /** The smallest level that is as sharp as the scale (device pixels to one of the image), but for a little. */
  indexFor(scale: number): number {
    const wanted = this.#image.width * scale * 0.9;
    const index = this.levels.findIndex(({ width }) => width >= wanted);
    return Math.max(this.base, index < 0 ? this.levels.length - 1 : index);
  }

  /** Image pixels to one of the level, on either axis. */
  #stepOf(index: number): { x: number; y: number } {
    const { width, height } = this.levels[index] as TileLevel;
    return { x: this.#image.width / width, y: this.#image.height / height };
  }

  boxOf({ index, column, row }: TileRef): Box {
    const step = this.#stepOf(index);
    const { width, height } = this.levels[index] as TileLevel;
    const size = this.#tileSize;
    return {
      minX: column * size * step.x,
      minY: row * size * step.y,
      maxX: Math.min(width, (column + 1) * size) * step.x,
      maxY: Math.min(height, (row + 1) * size) * step.y,
    };
  }

  /** Tiles of a level that meet a box, those nearest to its middle first. */
  meeting(index: number, box: Box): TileRef[] {
    const step = this.#stepOf(index);
    const { width, height } = this.levels[index] as TileLevel;
    const span = (min: number, max: number, unit: number, length: number): [number, number] => {
      const last = Math.ceil(length / this.#tileSize) - 1;
      const at = (value: number): number => Math.floor(value / unit / this.#tileSize);
      return [Math.max(0, at(min)), Math.min(last, at(max))];
    };
    const [left, right] = span(box.minX, box.maxX, step.x, width);
    const [top, bottom] = span(box.minY, box.maxY, step.y, height);
    const refs: TileRef[] = [];
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) refs.push({ index, column, row });
    }
    const x = (box.minX + box.maxX) / 2;
    const y = (box.minY + box.maxY) / 2;
    const farness = (ref: TileRef): number => {
      const { minX, minY, maxX, maxY } = this.boxOf(ref);
      return Math.hypot((minX + maxX) / 2 - x, (minY + maxY) / 2 - y);
    };
    return refs.sort((a, b) => farness(a) - farness(b));
  }

  /** The tile of a coarser level in which the middle of this one lies. */
  parentOf(ref: TileRef): TileRef | null {
    if (ref.index === 0) return null;
    const { minX, minY, maxX, maxY } = this.boxOf(ref);
    const step = this.#stepOf(ref.index - 1);
    const column = Math.floor((minX + maxX) / 2 / step.x / this.#tileSize);
    const row = Math.floor((minY + maxY) / 2 / step.y / this.#tileSize);
    return { index: ref.index - 1, column, row };
  }
}
