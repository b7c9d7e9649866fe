import type { Photograph } from "@/api/types";

/** An image that is shown by tiles is never decoded whole. */
export type Picture = Pick<Photograph, "url" | "width" | "height"> & { readonly tiles?: object | null };

type Kept = { readonly bytes: number; readonly bitmap: Promise<ImageBitmap>; holders: number };

/** A bitmap that stays open until it is released. */
export type Held = { readonly bitmap: Promise<ImageBitmap>; readonly release: () => void };

type Files = {
  readonly decode: (url: string) => Promise<ImageBitmap>;
  readonly fetch: (url: string) => Promise<unknown>;
};

const BYTES_PER_PIXEL = 4;

function bytesOf({ width, height }: Picture): number {
  return width * height * BYTES_PER_PIXEL;
}

/**
 * Decoded pictures: those on the screen, those that will probably be asked for next, and of the others the newest, so
 * many as fit into a budget of bytes. What is on the screen is kept whatever its size.
 */
export class BitmapCache {
  /** The least recently used first. */
  readonly #kept = new Map<string, Kept>();
  readonly #files: Files;
  readonly #budget: number;
  #round = 0;

  constructor(files: Files, budgetBytes: number) {
    this.#files = files;
    this.#budget = budgetBytes;
  }

  /** The picture, for as long as it is shown. A failed one is asked for anew the next time. */
  hold(picture: Picture): Held {
    const kept = this.#take(picture);
    kept.holders += 1;
    this.#evict(new Set());
    let isHeld = true;
    const release = (): void => {
      if (isHeld) kept.holders -= 1;
      isHeld = false;
      this.#evict(new Set());
    };
    return { bitmap: kept.bitmap, release };
  }

  /**
   * Decodes pictures before they are asked for, the most wanted first. Of one that does not fit beside those only the
   * file is fetched. A newer call ends this one.
   */
  async prepare(pictures: readonly Picture[]): Promise<void> {
    const round = ++this.#round;
    const wanted = new Set<string>();
    let room = this.#budget;
    for (const { bytes, holders } of this.#kept.values()) if (holders > 0) room -= bytes;
    for (const picture of pictures) {
      if (round !== this.#round) return;
      if (picture.tiles) continue;
      const isHeld = (this.#kept.get(picture.url)?.holders ?? 0) > 0;
      const bytes = isHeld ? 0 : bytesOf(picture);
      if (bytes > room) {
        await this.#files.fetch(picture.url).catch(() => undefined);
        continue;
      }
      room -= bytes;
      wanted.add(picture.url);
      const { bitmap } = this.#take(picture);
      this.#evict(wanted);
      // Whoever opens it will hear what is wrong with it.
      await bitmap.catch(() => undefined);
    }
  }

  #take(picture: Picture): Kept {
    const { url } = picture;
    const known = this.#kept.get(url);
    const kept = known ?? { bytes: bytesOf(picture), bitmap: this.#files.decode(url), holders: 0 };
    this.#kept.delete(url);
    this.#kept.set(url, kept);
    if (!known) {
      kept.bitmap.catch(() => {
        if (this.#kept.get(url) === kept) this.#kept.delete(url);
      });
    }
    return kept;
  }

  #evict(wanted: ReadonlySet<string>): void {
    let total = [...this.#kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [url, { bytes, bitmap, holders }] of this.#kept) {
      if (total <= this.#budget) return;
      if (holders > 0 || wanted.has(url)) continue;
      this.#kept.delete(url);
      total -= bytes;
      bitmap.then(
        (open) => open.close(),
        () => undefined,
      );
    }
  }
}

async function fetchFile(url: string): Promise<Blob> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`The image file could not be read (${response.status}).`);
  return response.blob();
}

const BUDGET_BYTES = 256 * 2 ** 20;

export const bitmaps = new BitmapCache(
  {
    fetch: fetchFile,
    // The pixels are stored upright, so whatever orientation a header still claims is not applied again.
    decode: async (url) => createImageBitmap(await fetchFile(url), { imageOrientation: "none" }),
  },
  BUDGET_BYTES,
);
