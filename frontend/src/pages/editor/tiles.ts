import { noteSignedOut } from "@/api/client";
import { subscribeToEvents } from "@/api/events";
import { problemFrom } from "@/api/problem";
import type { Photograph } from "@/api/types";
import type { TileSet } from "@/canvas/render/tile-set";

type Making = { readonly state: "ready" | "making" | "failed"; readonly detail?: string | null };

const POLL_MS = 1500;

export function tileSetOf({ url, tile_size, levels }: NonNullable<Photograph["tiles"]>): TileSet {
  return {
    levels,
    tileSize: tile_size,
    load: async (level, column, row, signal) => {
      const address = url
        .replace("{level}", String(level))
        .replace("{column}", String(column))
        .replace("{row}", String(row));
      const response = await fetch(address, { credentials: "same-origin", signal });
      if (!response.ok) throw new Error(`A tile could not be read (${response.status}).`);
      return createImageBitmap(await response.blob());
    },
  };
}

/**
 * Waits until the server has cut the picture, which takes it a while the first time. Throws a sentence when it cannot,
 * and the signal's reason when nobody waits any more.
 */
export async function waitForTiles(image: string, signal: AbortSignal): Promise<void> {
  let told: Making | null = null;
  for (;;) {
    const { state, detail } = told ?? (await askFor(image, signal));
    if (state === "ready") return;
    if (state === "failed") throw new Error(detail || "The server could not prepare this big image.");
    told = await newsOf(image, signal);
  }
}

async function askFor(image: string, signal: AbortSignal): Promise<Making> {
  const response = await fetch(`/api/images/${image}/tiles/`, {
    credentials: "same-origin",
    signal,
    headers: { Accept: "application/json" },
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as Making;
  const problem = problemFrom(response.status, body);
  noteSignedOut(problem);
  throw problem;
}

/** What the server says became of the tiles; null when it has said nothing for so long that it is time to ask. */
function newsOf(image: string, signal: AbortSignal): Promise<Making | null> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      stop();
      settle();
    };
    const timer = setTimeout(() => end(() => resolve(null)), POLL_MS);
    const stop = subscribeToEvents((event) => {
      if (event.kind === "image.tiles" && event.id === image) end(() => resolve(event.data));
    });
    signal.addEventListener("abort", () => end(() => reject(signal.reason as Error)), { once: true });
  });
}
