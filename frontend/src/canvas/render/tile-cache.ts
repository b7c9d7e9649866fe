import { keyOf, type TileRef, type TileSet } from "./tile-set";

/** What decoded tiles may take, in bytes. */
const BUDGET_BYTES = 200 * 2 ** 20;
const MAX_LOADS = 6;
/** A tile that could not be had is asked for again after this. */
const RETRY_MS = 4000;

type Tile = { readonly bitmap: ImageBitmap; readonly bytes: number };

/** Decoded tiles: fetched as they are wanted, a few at once, and forgotten when others need the room. */
export class TileCache {
  readonly #load: (ref: TileRef, signal: AbortSignal) => Promise<ImageBitmap>;
  readonly #onArrival: () => void;
  /** The one used longest ago first. */
  readonly #tiles = new Map<string, Tile>();
  readonly #loading = new Map<string, AbortController>();
  readonly #failed = new Set<string>();
  #wanted: readonly TileRef[] = [];
  #bytes = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #budget: number;

  constructor(
    set: TileSet,
    levelOf: (index: number) => number,
    onArrival: () => void,
    budget = BUDGET_BYTES,
  ) {
    this.#load = ({ index, column, row }, signal) => set.load(levelOf(index), column, row, signal);
    this.#onArrival = onArrival;
    this.#budget = budget;
  }

  get(ref: TileRef): ImageBitmap | null {
    const key = keyOf(ref);
    const tile = this.#tiles.get(key);
    if (!tile) return null;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile.bitmap;
  }

  /** From now on these are wanted, the most urgent first; what is being fetched besides is called off. */
  want(refs: readonly TileRef[]): void {
    this.#wanted = refs;
    const keys = new Set(refs.map(keyOf));
    for (const [key, abort] of this.#loading) {
      if (keys.has(key)) continue;
      abort.abort();
      this.#loading.delete(key);
    }
    this.#fetchNext();
  }

  #fetchNext(): void {
    for (const ref of this.#wanted) {
      if (this.#loading.size >= MAX_LOADS) return;
      const key = keyOf(ref);
      if (this.#tiles.has(key) || this.#loading.has(key) || this.#failed.has(key)) continue;
      void this.#fetch(ref, key);
    }
  }

  async #fetch(ref: TileRef, key: string): Promise<void> {
    const abort = new AbortController();
    this.#loading.set(key, abort);
    try {
      const bitmap = await this.#load(ref, abort.signal);
      if (abort.signal.aborted) {
        bitmap.close();
        return;
      }
      this.#keep(key, bitmap);
      this.#onArrival();
    } catch {
      if (abort.signal.aborted) return;
      this.#failed.add(key);
      this.#retryLater();
    } finally {
      // One that was called off may be on its way a second time already.
      if (this.#loading.get(key) === abort) this.#loading.delete(key);
    }
    this.#fetchNext();
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#failed.clear();
      this.#fetchNext();
    }, RETRY_MS);
  }

  #keep(key: string, bitmap: ImageBitmap): void {
    const bytes = bitmap.width * bitmap.height * 4;
    this.#tiles.set(key, { bitmap, bytes });
    this.#bytes += bytes;
    const wanted = new Set(this.#wanted.map(keyOf));
    for (const [old, tile] of this.#tiles) {
      if (this.#bytes <= this.#budget) break;
      if (wanted.has(old)) continue;
      this.#tiles.delete(old);
      this.#bytes -= tile.bytes;
      tile.bitmap.close();
    }
  }

  destroy(): void {
    clearTimeout(this.#retry);
    this.want([]);
    for (const { bitmap } of this.#tiles.values()) bitmap.close();
    this.#tiles.clear();
  }
}
